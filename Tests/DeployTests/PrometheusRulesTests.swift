import Foundation
import Testing

/// deploy/prometheus/outbox-consumer.rules.yml.
struct PrometheusRulesTests {
    private let rules: String

    init() throws { rules = try Project.text("deploy/prometheus/outbox-consumer.rules.yml") }

    @Test(
        .enabled(if: Project.canRun("promtool"), "prometheus is not installed"),
        arguments: [["check", "rules", "outbox-consumer.rules.yml"], ["test", "rules", "outbox-consumer.rules.test.yml"]])
    func `promtool accepts the rules, and each rings when it should`(arguments: [String]) throws {
        let file = Project.root.appendingPathComponent("deploy/prometheus/\(arguments[2])").path
        let (status, output) = try Project.run(
            try #require(Project.program("promtool")), Array(arguments.dropLast()) + [file])
        #expect(status == 0, "\(output)")
    }

    @Test func `they name only metrics that exist`() throws {
        let code = try Project.files("Sources/ConsumerKit", ending: ".swift").map { try Project.text($0) }.joined()
        let existing = Set(code.matches(#""(outbox_consumer_[a-z_]+)",\s+help:"#))
        // What is recorded here has colons; a histogram's series have endings.
        let named = Set(rules.matches(#"[^:a-z_](outbox_consumer_[a-z_]+)[{)\[]"#)).map { name in
            name.hasSuffix("_bucket") ? String(name.dropLast("_bucket".count)) : name
        }
        #expect(named.count >= 8)
        #expect(Set(named).subtracting(existing) == [])
    }

    @Test func `every alarm and every recorded rule is explained, tested, and no other is`() throws {
        let manual = try Project.text("docs/consumers.md")
        let tests = try Project.text("deploy/prometheus/outbox-consumer.rules.test.yml")
        let alarms = Set(rules.matches("- alert: ([A-Za-z]+)$"))
        #expect(alarms.count >= 8)
        #expect(Set(manual.matches(#"^\| `(OutboxConsumer[A-Za-z]+)` \|"#)) == alarms)
        for alarm in alarms { #expect(tests.contains("alertname=\"\(alarm)\""), "\(alarm)") }
        let recorded = Set(rules.matches("- record: ([a-z0-9_:]+)$"))
        #expect(recorded.count >= 3)
        #expect(Set(manual.matches(#"^\| `(consumer:[a-z0-9_:]+)` \|"#)) == recorded)
        for rule in recorded { #expect(tests.contains(rule), "\(rule)") }
    }
}
