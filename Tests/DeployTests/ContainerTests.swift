import Configuration
import Foundation
import Testing

/// The images and the compose file, as far as they can be checked without a container engine.
struct ContainerTests {
    private static let images = ["relay", "consumer", "fanout"]

    private let compose: String

    init() throws { compose = try Project.text("deploy/compose/compose.yaml") }

    private func dockerfile(_ image: String) throws -> String { try Project.text("deploy/images/\(image).Dockerfile") }

    /// What apt-get installs in each stage.
    private func packages(_ image: String) throws -> [Set<String>] {
        try dockerfile(image).components(separatedBy: "\nFROM ").dropFirst().map { stage in
            let list = stage.between("--no-install-recommends \\\n", "&& rm") ?? ""
            return Set(list.split { " \\\n".contains($0) }.map(String.init))
        }
    }

    @Test(arguments: images) func `the build stage has the packages of the Makefile`(image: String) throws {
        let line = try #require(try Project.text("Makefile").matches("^BUILD_PACKAGES := (.*)$").first)
        #expect(try packages(image).first == Set(line.split(separator: " ").map(String.init)))
    }

    @Test(
        .enabled(if: Project.canRun("readelf", "dpkg") && Project.relay != nil, "binutils or the program are missing"),
        arguments: images)
    func `the runtime stage has exactly the packages of the libraries that the program is linked with`(image: String) throws {
        let program = try #require(Project.built("outbox-\(image)"))
        let dynamic = try Project.run(try #require(Project.program("readelf")), ["-d", program])
        let libraries = dynamic.output.matches(#"\(NEEDED\).*\[(.*)\]"#)
        #expect(!libraries.isEmpty, "\(dynamic.output)")
        // The image is linked with the Swift runtime inside; the C and C++ runtimes are in every Debian.
        let everywhere: Set = ["libc6", "libgcc-s1", "libstdc++6"]
        var needed: Set<String> = []
        for library in libraries where !library.hasPrefix("libswift") && !library.hasPrefix("lib_") {
            let owner = try Project.run(try #require(Project.program("dpkg")), ["-S", "*/\(library)"])
            let package = try #require(owner.output.matches("^([^:]+):").first, "\(library): \(owner.output)")
            needed.insert(package)
        }
        #expect(try packages(image).last == needed.subtracting(everywhere).union(["ca-certificates"]))
    }

    @Test(arguments: [("relay", "migrations"), ("consumer", "consumers"), ("fanout", nil)])
    func `the image runs as nobody and stops as its program does`(image: String, migrations: String?) throws {
        let dockerfile = try dockerfile(image)
        #expect(dockerfile.matches("^USER ([0-9]+:[0-9]+)$").count == 1)
        #expect(dockerfile.contains("\nSTOPSIGNAL SIGTERM\n"))
        if let migrations {
            #expect(dockerfile.contains("COPY sql/\(migrations) /usr/local/share/outbox-relay/\(migrations)\n"))
        }
        #expect(dockerfile.contains("ENTRYPOINT [\"/usr/local/bin/outbox-\(image)\"]"))
        #expect(Project.exists("deploy/images/\(image).Dockerfile.dockerignore"))
    }

    /// The variables of a service of the compose file, with what .env.example puts in.
    private func environment(of service: String) throws -> [String: String] {
        let example = try Project.text("deploy/compose/.env.example")
        let section = try #require(compose.between("\n  \(service):\n", "\n\n"))
        var variables: [String: String] = [:]
        for line in section.matches("^      (OUTBOX_[A-Z_]+: .*)$") {
            let parts = line.split(separator: ":", maxSplits: 1)
            var value = parts[1].trimmingCharacters(in: .whitespaces)
            if let name = value.matches(#"^\$\{([A-Z_]+)"#).first {
                value = try #require(example.matches("^\(name)=(.+)$").first, "\(name)")
            }
            if value.hasPrefix("\""), value.hasSuffix("\"") { value = String(value.dropFirst().dropLast()) }
            variables[String(parts[0])] = value
        }
        return variables
    }

    @Test(arguments: ["migrate", "relay", "consumer-migrate", "consumer", "fanout"])
    func `the settings that the compose file gives are settings`(service: String) throws {
        let environment = try environment(of: service)
        #expect(!environment.isEmpty)
        if service == "fanout" {
            // As the image is: beyond its own loopback.
            let image = ["OUTBOX_LISTEN": "0.0.0.0:8088", "OUTBOX_HTTP_LISTEN": "0.0.0.0:9466"]
            let dockerfile = try dockerfile(service)
            for (name, value) in image { #expect(dockerfile.contains("\(name)=\(value)")) }
            let settings = try SettingsLoader.loadFanout(file: nil, environment: environment.merging(image) { given, _ in given })
            #expect(settings.warnings.isEmpty)
            try settings.requireKafka()
            // With auth=off nobody but this machine may come.
            let section = try #require(compose.between("\n  fanout:\n", "\n\n"))
            let ports = section.matches("- \"([0-9.]+):\\$")
            #expect(ports == ["127.0.0.1", "127.0.0.1"])
            return
        }
        if service.hasPrefix("consumer") {
            let settings = try SettingsLoader.loadConsumer(file: nil, environment: environment)
            #expect(settings.warnings.isEmpty)
            if service == "consumer" { try settings.requireKafka() }
            return
        }
        let settings = try SettingsLoader.load(file: nil, environment: environment)
        #expect(settings.warnings.isEmpty)
        if service == "relay" { try settings.requireKafka() }
    }

    @Test func `the compose file gives a service the time and the descriptors that its unit gives it`() throws {
        for program in ["relay", "consumer", "fanout"] {
            let unit = try Project.text("deploy/systemd/outbox-\(program).service")
            let stop = try #require(unit.matches("^TimeoutStopSec=([0-9]+)$").first)
            let section = try #require(compose.between("\n  \(program):\n", "\n\n"))
            #expect(section.contains("stop_grace_period: \(stop)s"), "\(program)")
        }
        let files = try #require(try Project.text("deploy/systemd/outbox-fanout.service").matches("^LimitNOFILE=([0-9]+)$").first)
        #expect(compose.contains("nofile: {soft: \(files), hard: \(files)}"))
    }

    @Test func `every variable of the compose file is in the example`() throws {
        let example = Set(try Project.text("deploy/compose/.env.example").matches("^([A-Z_]+)="))
        let used = Set(compose.matches(#"\$\{([A-Z_]+)"#))
        #expect(used == example)
    }

    @Test func `the files that the compose file mounts and builds exist`() {
        for path in compose.matches("- (\\.{1,2}/[^:]+):") { #expect(Project.exists("deploy/compose/\(path)"), "\(path)") }
        for path in compose.matches("dockerfile: (.*)$") { #expect(Project.exists(path)) }
    }
}
