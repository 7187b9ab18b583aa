import Configuration
import Foundation
import Testing

/// deploy/config/outbox-relay.properties.
struct ExampleConfigurationTests {
    private let path = Project.root.appendingPathComponent("deploy/config/outbox-relay.properties").path

    @Test func `it loads as it is`() throws {
        let settings = try SettingsLoader.load(file: path, environment: [:])
        #expect(settings.warnings.isEmpty, "\(settings.warnings)")
        try settings.requireKafka()
    }

    @Test func `every line that is commented out is a setting with a possible value`() throws {
        let examples = try Project.text("deploy/config/outbox-relay.properties").matches("^#([a-z][a-z_.]* = .*)$")
        #expect(examples.count > 10)
        for example in examples {
            let (key, value) = try SettingsLoader.parseOverride(example.replacing(" = ", with: "="))
            if key.hasSuffix(".file") {
                let error = try #require(throws: ConfigurationError.self) {
                    _ = try SettingsLoader.load(file: nil, environment: [:], overrides: [(key, value)])
                }
                #expect(error.problems.map { "\($0)" }.allSatisfy { $0.contains(value) }, "\(error)")
            } else {
                #expect(throws: Never.self, "\(example)") {
                    _ = try SettingsLoader.load(file: nil, environment: [:], overrides: [(key, value)])
                }
            }
        }
    }

    @Test func `it holds no secret`() throws {
        for line in try Project.text("deploy/config/outbox-relay.properties").split(separator: "\n") {
            guard let equals = line.firstIndex(of: "="), !line.hasPrefix("# ") else { continue }
            let key = line[..<equals].drop { $0 == "#" }.filter { $0 != " " }
            #expect(!SecretKeys.isSecret(key) || key == "postgres.dsn", "\(line)")
            #expect(!line.contains("password="), "\(line)")
        }
    }
}
