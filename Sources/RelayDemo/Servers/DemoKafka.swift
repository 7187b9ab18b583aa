import Glibc
import LocalServers

/// The demo's Kafka: a broker of an unpacked download, or librdkafka's mock broker in a process of its own.
enum DemoKafka: Sendable {
    case real(TemporaryKafka, version: String)
    case mock(MockKafka)

    /// Starts it; takes 4 to 8 s for a real broker.
    static func start(_ options: DemoOptions) throws(DemoError) -> DemoKafka {
        do throws(LocalServerError) {
            guard let home = options.kafkaHome else {
                try requireMockBroker(beside: options.program)
                return .mock(try MockKafka())
            }
            try requireDownload(home, options.environment)
            return .real(try TemporaryKafka(home: home), version: version(of: home))
        } catch { throw DemoError("\(error)") }
    }

    var bootstrap: String {
        switch self {
        case .real(let kafka, _): kafka.bootstrap
        case .mock(let kafka): kafka.bootstrap
        }
    }

    var isMock: Bool {
        if case .mock = self { true } else { false }
    }

    /// "real broker 4.4.0" or "mock broker".
    var label: String {
        switch self {
        case .real(_, let version): "real broker \(version)"
        case .mock: "librdkafka's mock broker"
        }
    }

    func destroy() {
        switch self {
        case .real(let kafka, _): kafka.destroy()
        case .mock(let kafka): kafka.destroy()
        }
    }

    private static func requireMockBroker(beside program: String) throws(LocalServerError) {
        let folder = program.lastIndex(of: "/").map { program[..<$0] } ?? "."
        guard access("\(folder)/mock-broker", X_OK) != 0 else { return }
        throw LocalServerError(
            """
            There is no mock-broker beside this program (\(folder)).
            Build it with `swift build -c release`, or set KAFKA_HOME to an unpacked Apache Kafka 4.x for a real broker.
            """)
    }

    private static func requireDownload(_ home: String, _ environment: [String: String]) throws(LocalServerError) {
        guard access("\(home)/bin/kafka-server-start.sh", R_OK) == 0 else {
            throw LocalServerError(
                "\(home) is no Apache Kafka: it has no bin/kafka-server-start.sh.\nWithout KAFKA_HOME the demo runs on a mock broker."
            )
        }
        let folders =
            environment["JAVA_HOME"].map { ["\($0)/bin"] } ?? (environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard folders.contains(where: { access("\($0)/java", X_OK) == 0 }) else {
            throw LocalServerError(
                "Kafka needs Java 17 or later: apt-get install openjdk-17-jre-headless.\nWithout KAFKA_HOME the demo runs on a mock broker."
            )
        }
    }

    /// From the name of the server's own archive, "kafka_2.13-4.4.0.jar"; empty when there is none.
    private static func version(of home: String) -> String {
        guard let stream = opendir("\(home)/libs") else { return "" }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            let parts = name.split(separator: "-")
            guard name.hasPrefix("kafka_"), parts.count == 2, parts[1].hasSuffix(".jar") else { continue }
            return String(parts[1].dropLast(4))
        }
        return ""
    }
}
