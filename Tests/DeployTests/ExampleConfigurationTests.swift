import Configuration
import Foundation
import Testing

/// The example configurations in deploy/config.
struct ExampleConfigurationTests {
    private static let programs = ["outbox-relay", "outbox-consumer", "outbox-fanout"]

    private func path(_ program: String) -> String { "deploy/config/\(program).properties" }

    /// Loads as the program would; returns its warnings.
    private func load(
        _ program: String, file: String? = nil, overrides: [(String, String)] = []
    ) throws(ConfigurationError) -> [String] {
        if program == "outbox-relay" {
            let settings = try SettingsLoader.load(file: file, environment: [:], overrides: overrides)
            if file != nil { try settings.requireKafka() }
            return settings.warnings
        }
        if program == "outbox-fanout" {
            // Without keys nothing is possible.
            let keys = file == nil ? [("auth.jwt.jwks", "keys.json")] : []
            let settings = try SettingsLoader.loadFanout(file: file, environment: [:], overrides: keys + overrides)
            if file != nil { try settings.requireKafka() }
            return settings.warnings
        }
        let settings = try SettingsLoader.loadConsumer(file: file, environment: [:], overrides: overrides)
        if file != nil { try settings.requireKafka() }
        return settings.warnings
    }

    @Test(arguments: programs) func `they load as they are`(program: String) throws {
        #expect(try load(program, file: Project.root.appendingPathComponent(path(program)).path) == [])
    }

    @Test(arguments: programs)
    func `every line that is commented out is a setting with a possible value`(program: String) throws {
        let examples = try Project.text(path(program)).matches("^#([a-z][a-z_.]* = .*)$")
        #expect(examples.count > 10)
        for example in examples {
            let (key, value) = try SettingsLoader.parseOverride(example.replacing(" = ", with: "="))
            if key.hasSuffix(".file") {
                let error = try #require(throws: ConfigurationError.self) { _ = try load(program, overrides: [(key, value)]) }
                #expect(error.problems.map { "\($0)" }.allSatisfy { $0.contains(value) }, "\(error)")
            } else {
                #expect(throws: Never.self, "\(example)") { _ = try load(program, overrides: [(key, value)]) }
            }
        }
    }

    @Test(arguments: programs) func `they hold no secret`(program: String) throws {
        let connections: Set = ["postgres.dsn", "redis.url", "data.platform.url"]
        for line in try Project.text(path(program)).split(separator: "\n") {
            guard let equals = line.firstIndex(of: "="), !line.hasPrefix("# ") else { continue }
            let key = String(line[..<equals].drop { $0 == "#" }.filter { $0 != " " })
            #expect(!SecretKeys.isSecret(key) || connections.contains(key), "\(line)")
            #expect(!line.contains("password="), "\(line)")
        }
    }
}
