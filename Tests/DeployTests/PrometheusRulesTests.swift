import Foundation
import Testing

/// The rules in deploy/prometheus.
struct PrometheusRulesTests {
    /// What belongs to one program's rules.
    struct Rules: Sendable, CustomTestStringConvertible {
        let program: String
        /// Of its metrics and of its alarms.
        let metricPrefix: String
        let alarmPrefix: String
        /// Where the metrics are made.
        let sources: String
        /// Where alarms and recorded rules are explained.
        let manual: String

        var path: String { "deploy/prometheus/\(program).rules.yml" }
        var testPath: String { "deploy/prometheus/\(program).rules.test.yml" }
        var testDescription: String { program }
    }

    private static let all = [
        Rules(
            program: "outbox-consumer", metricPrefix: "outbox_consumer", alarmPrefix: "OutboxConsumer",
            sources: "Sources/ConsumerKit",
            manual: "docs/consumers.md"),
        Rules(
            program: "outbox-fanout", metricPrefix: "outbox_fanout", alarmPrefix: "OutboxFanout",
            sources: "Sources/FanoutOperations", manual: "docs/fanout.md"),
    ]

    @Test func `every file of rules is looked at here`() {
        let files = Set(Project.files("deploy/prometheus", ending: ".yml"))
        #expect(files == Set(Self.all.flatMap { [$0.path, $0.testPath] }))
    }

    @Test(.enabled(if: Project.canRun("promtool"), "prometheus is not installed"), arguments: all)
    func `promtool accepts the rules, and each rings when it should`(rules: Rules) throws {
        for (command, path) in [("check", rules.path), ("test", rules.testPath)] {
            let file = Project.root.appendingPathComponent(path).path
            let (status, output) = try Project.run(try #require(Project.program("promtool")), [command, "rules", file])
            #expect(status == 0, "\(output)")
        }
    }

    @Test(arguments: all) func `they name only metrics that exist`(rules: Rules) throws {
        let code = try Project.files(rules.sources, ending: ".swift").map { try Project.text($0) }.joined()
        let existing = Set(code.matches("\"(\(rules.metricPrefix)_[a-z_]+)\""))
        // What is recorded here has colons; a histogram's series have endings.
        let expressions = try Project.text(rules.path).replacing(/(?m)^ *(#|- alert|- name|summary).*$/, with: "")
        let named = Set(expressions.matches("[^:a-z0-9_](\(rules.metricPrefix)_[a-z_]+)\\b(?!:)")).map { name in
            name.hasSuffix("_bucket") ? String(name.dropLast("_bucket".count)) : name
        }
        #expect(named.count >= 8)
        #expect(Set(named).subtracting(existing) == [])
    }

    @Test(arguments: all) func `every alarm and every recorded rule is explained, tested, and no other is`(rules: Rules) throws {
        let text = try Project.text(rules.path)
        let manual = try Project.text(rules.manual)
        let tests = try Project.text(rules.testPath)
        let alarms = Set(text.matches("- alert: ([A-Za-z]+)$"))
        #expect(alarms.count >= 8)
        #expect(Set(manual.matches("^\\| `(\(rules.alarmPrefix)[A-Za-z]+)` \\|")) == alarms)
        for alarm in alarms { #expect(tests.contains("alertname=\"\(alarm)\""), "\(alarm)") }
        let recorded = Set(text.matches("- record: ([a-z0-9_:]+)$"))
        #expect(recorded.count >= 3)
        #expect(Set(manual.matches("^\\| `([a-z_]+:[a-z0-9_:]+)` \\|")) == recorded)
        for rule in recorded { #expect(tests.contains(rule), "\(rule)") }
    }
}
