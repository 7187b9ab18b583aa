// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: language mode 6 comes from the tools version, warnings stop the build, and an import
/// is `public` only where it leaks into the module's interface, so that the import list documents it.
let common: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Modules without I/O, clock or logger: every unsafe expression has to be marked.
let pure: [SwiftSetting] = common + [.strictMemorySafety()]

func module(_ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = common) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: common)
}

let package = Package(
    name: "outbox-relay",
    products: [
        .executable(name: "outbox-relay", targets: ["outbox-relay"]),
        .executable(name: "outbox-consumer", targets: ["outbox-consumer"]),
        .executable(name: "outbox-fanout", targets: ["outbox-fanout"]),
        .executable(name: "outbox-bench", targets: ["outbox-bench"]),
    ],
    targets: [
        // System libraries, Debian packages all of them.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CRDKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CRDKafkaMock", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CLinux"),  // eventfd, signalfd, pidfd: in the C library, but not in Swift's Glibc module
        .systemLibrary(name: "CEpoll"),  // for the load clients of outbox-bench
        .systemLibrary(name: "CLibEvent", pkgConfig: "libevent", providers: [.apt(["libevent-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        // Without pkg-config: Debian's hiredis.pc names a macro that SwiftPM refuses with a warning; the link is in the module map.
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CJose", pkgConfig: "cjose", providers: [.apt(["libcjose-dev", "libssl-dev"])]),

        // From the bottom up: a module imports only modules above it in this list.
        module("ByteCoding", settings: pure),
        module("Telemetry"),
        module("ServiceRuntime", ["CLinux"]),
        module("CommandLineKit"),
        module("Configuration"),
        module("PostgresClient", ["CLibPQ", "ServiceRuntime"]),
        module("PostgresReplication", ["ByteCoding", "PostgresClient", "ServiceRuntime"]),
        module("PgOutput", ["ByteCoding"], settings: pure),
        module("OutboxModel", ["ByteCoding", "PgOutput"], settings: pure),
        module("Kafka", ["CRDKafka", "Telemetry", "ServiceRuntime"]),
        module(
            "RelayCore",
            [
                "ByteCoding", "Telemetry", "ServiceRuntime", "PostgresClient", "PostgresReplication", "PgOutput",
                "OutboxModel", "Kafka",
            ]),
        module(
            "RelayPolling",
            [
                "ByteCoding", "Telemetry", "ServiceRuntime", "PostgresClient", "PostgresReplication", "PgOutput", "OutboxModel",
                "Kafka", "RelayCore",
            ]),
        module("HTTPServer", ["CLibEvent", "COpenSSL", "Telemetry", "ServiceRuntime"]),
        module(
            "RelayOperations",
            [
                "ByteCoding", "Telemetry", "ServiceRuntime", "CommandLineKit", "Configuration", "PostgresClient",
                "PostgresReplication", "PgOutput", "OutboxModel", "Kafka", "RelayCore", "RelayPolling", "HTTPServer",
            ]),
        module("JSONReading", ["CJansson"]),
        module("WebSocket", ["ByteCoding"], settings: pure),
        module("ConsumerKit", ["JSONReading", "Telemetry", "ServiceRuntime", "PostgresClient", "Kafka"]),
        module(
            "Consumers",
            ["CHiredis", "CCurl", "ServiceRuntime", "Configuration", "PostgresClient", "ConsumerKit"]),
        module(
            "ConsumerOperations",
            [
                "Telemetry", "ServiceRuntime", "CommandLineKit", "Configuration", "PostgresClient", "Kafka", "HTTPServer",
                "RelayOperations", "ConsumerKit", "Consumers",
            ]),
        module("Realtime", ["JSONReading", "WebSocket"]),
        module("RealtimeAccess", ["CJose", "JSONReading", "Telemetry", "ServiceRuntime"]),
        .target(
            name: "FanoutPage",
            resources: ["index.html", "outbox-client.js", "page.js", "style.css"].map { .embedInCode("web/\($0)") },
            swiftSettings: common),
        module(
            "FanoutOperations",
            [
                "Telemetry", "ServiceRuntime", "CommandLineKit", "Configuration", "Kafka", "HTTPServer", "RelayOperations",
                "JSONReading", "WebSocket", "Realtime", "RealtimeAccess", "FanoutPage",
            ]),
        module("LocalServers", ["ServiceRuntime"]),
        // What drills and tests share: processes of the relay, a workload, an audit. No part of what runs in production.
        module(
            "Drills",
            [
                "ByteCoding", "CLinux", "Telemetry", "ServiceRuntime", "PostgresClient", "PostgresReplication", "Kafka",
                "RelayOperations", "ConsumerKit", "RealtimeAccess", "LocalServers",
            ]),
        module(
            "RelayDemo",
            [
                "Telemetry", "ServiceRuntime", "CommandLineKit", "Configuration", "PostgresClient", "Kafka", "RelayCore",
                "RelayOperations", "LocalServers",
            ]),

        .executableTarget(
            name: "outbox-relay",
            dependencies: [
                "ByteCoding", "Telemetry", "ServiceRuntime", "CommandLineKit", "Configuration", "RelayCore", "RelayOperations",
                "RelayDemo",
            ],
            swiftSettings: common),
        .executableTarget(
            name: "outbox-consumer",
            dependencies: [
                "Telemetry", "ServiceRuntime", "CommandLineKit", "Configuration", "RelayOperations", "ConsumerKit",
                "ConsumerOperations",
            ],
            swiftSettings: common),
        .executableTarget(
            name: "outbox-fanout",
            dependencies: [
                "Telemetry", "ServiceRuntime", "CommandLineKit", "Configuration", "RelayOperations", "RealtimeAccess",
                "FanoutOperations",
            ],
            swiftSettings: common),
        .executableTarget(
            name: "outbox-bench",
            dependencies: [
                "Telemetry", "ServiceRuntime", "CommandLineKit", "PostgresClient", "Drills", "Kafka", "LocalServers",
                "ConsumerKit", "CEpoll", "COpenSSL",
            ],
            swiftSettings: common),
        .executableTarget(
            name: "mock-broker",
            dependencies: ["CRDKafkaMock", "ServiceRuntime"],
            swiftSettings: common),

        // Tests: no module's tests need a service, except the last three.
        tests("ByteCodingTests", ["ByteCoding"]),
        tests("TelemetryTests", ["Telemetry"]),
        tests("ServiceRuntimeTests", ["ServiceRuntime"]),
        tests("CommandLineKitTests", ["CommandLineKit"]),
        tests("ConfigurationTests", ["Configuration"]),
        tests("PostgresClientTests", ["PostgresClient"]),
        tests("PostgresReplicationTests", ["ByteCoding", "PostgresReplication", "Drills", "TestSupport"]),
        tests("PgOutputTests", ["ByteCoding", "PgOutput", "Drills", "TestSupport"]),
        tests("OutboxModelTests", ["ByteCoding", "PgOutput", "OutboxModel", "Drills", "TestSupport"]),
        tests("KafkaTests", ["Kafka", "CRDKafka", "CRDKafkaMock", "Telemetry"]),
        tests(
            "RelayCoreTests",
            [
                "ByteCoding", "PgOutput", "OutboxModel", "PostgresClient", "PostgresReplication", "RelayCore", "ServiceRuntime",
                "Drills", "TestSupport",
            ]),
        tests("RelayPollingTests", ["OutboxModel", "PostgresClient", "RelayCore", "RelayPolling"]),
        tests("HTTPServerTests", ["HTTPServer", "COpenSSL", "ServiceRuntime", "Telemetry"]),
        tests(
            "RelayOperationsTests",
            [
                "ByteCoding", "CommandLineKit", "Configuration", "PostgresClient", "PostgresReplication", "PgOutput",
                "OutboxModel",
                "RelayCore", "RelayOperations",
            ]),
        tests("JSONReadingTests", ["JSONReading"]),
        tests("WebSocketTests", ["WebSocket", "WebSocketCases", "ByteCoding", "Drills", "TestSupport"]),
        tests("RelayDemoTests", ["RelayDemo"]),
        tests("ConsumerKitTests", ["ConsumerKit", "Kafka"]),
        tests("ConsumersTests", ["ConsumerKit", "Consumers", "TestSupport"]),
        tests(
            "ConsumerOperationsTests",
            ["CommandLineKit", "Configuration", "ConsumerKit", "ConsumerOperations", "Kafka", "RelayOperations"]),
        tests("RealtimeTests", ["Realtime"]),
        tests("RealtimeAccessTests", ["RealtimeAccess", "CJose", "Telemetry", "TestSupport"]),
        tests("FanoutOperationsTests", ["FanoutOperations", "HTTPServer", "Kafka", "Realtime"]),
        tests("DeployTests", ["Configuration"]),
        tests(
            "IntegrationTests",
            [
                "Drills", "TestSupport", "LocalServers", "ByteCoding", "Telemetry", "PostgresClient", "Kafka", "Configuration",
                "ServiceRuntime", "ConsumerKit", "Consumers", "ConsumerOperations", "RealtimeAccess", "WebSocketCases",
            ]),
        tests(
            "CrashTests",
            ["Drills", "TestSupport", "LocalServers", "Telemetry", "PostgresClient", "Kafka", "ServiceRuntime"]),
        .target(
            name: "TestSupport",
            dependencies: [
                "Drills", "LocalServers", "PostgresClient", "Kafka", "ConsumerKit",
            ],
            path: "Tests/Support",
            swiftSettings: common),
        // A client that tries a WebSocket server's conformance. It shares no code with the server's codec.
        .target(name: "WebSocketCases", path: "Tests/WebSocketCases", swiftSettings: common),
    ]
)
