import CommandLineKit
import Configuration
import RelayOperations
import Testing

struct TopicPlanTests {
    private func wishes(
        prefix: String = "", defaultTopic: String? = "default.events", factor: Int? = nil, partitions: [String] = [],
        retention: [String] = [], only: [String] = []
    ) throws -> TopicWishes {
        var wishes = TopicWishes(prefix: prefix, defaultTopic: defaultTopic, deadLetterTopic: "deadletter.events")
        try wishes.apply(replicationFactor: factor, partitions: partitions, retention: retention, only: only)
        return wishes
    }

    private func found(partitions: Int = 6, replicas: Int = 1, _ settings: [String: String] = [:]) -> FoundTopic {
        let usual = ["retention.ms": "604800000", "cleanup.policy": "delete", "min.insync.replicas": "1"]
        return FoundTopic(partitions: partitions, replicas: replicas, settings: usual.merging(settings) { $1 })
    }

    private func entry(_ found: FoundTopic, factor: Int? = nil, brokers: Int = 1) throws -> TopicPlan.Entry {
        let wishes = try wishes(factor: factor, only: ["order.events"])
        return try #require(TopicPlan.make(wishes, found: ["order.events": found], brokers: brokers).entries.first)
    }

    @Test func `every topic of the systems is wanted, with the prefix, and the dead-letter topic without it`() throws {
        let topics = try wishes(prefix: "shop.").topics
        #expect(topics.count == 19)
        #expect(Set(topics.map(\.name)).count == topics.count)
        let order = try #require(topics.first { $0.name == "shop.order.events" })
        #expect(order.partitions == 6 && order.retention.description == "7d")
        #expect(topics.contains { $0.name == "shop.data.platform" && $0.partitions == 3 && $0.retention.description == "30d" })
        #expect(topics.contains { $0.name == "shop.realtime.events" && $0.retention.description == "1d" })
        #expect(topics.contains { $0.name == "deadletter.events" && $0.partitions == 1 && $0.retention.description == "30d" })
        #expect(topics.contains { $0.name == "shop.coupon.issue.dlq" && $0.partitions == 1 })
        #expect(topics.contains { $0.name == "shop.default.events" })
        #expect(!topics.contains { $0.name == "shop.realtime.events.dlq" })
    }

    @Test func `a default topic that is one of the others is wanted once, and none may be wanted`() throws {
        #expect(try wishes(defaultTopic: "order.events").topics.count == 18)
        #expect(try wishes(defaultTopic: nil).topics.count == 18)
    }

    @Test func `the command line changes what is wanted`() throws {
        let topics = try wishes(
            partitions: ["order.events=12"], retention: ["order.events=36h", "payment.events=forever"],
            only: ["payment.events", "order.events"]
        ).topics
        #expect(topics.map(\.name) == ["order.events", "payment.events"])
        #expect(topics.map(\.partitions) == [12, 3])
        #expect(topics.map(\.retention.setting) == [129_600_000, -1])
    }

    @Test(
        arguments: [
            (["order.events"], [], []), (["order.events=0"], [], []), (["order.events=x"], [], []), (["unknown=3"], [], []),
            ([], ["order.events=7"], []), ([], ["order.events=0s"], []), ([], ["=7d"], []), ([], [], ["unknown"]),
        ] as [([String], [String], [String])])
    func `nonsense on the command line is refused`(partitions: [String], retention: [String], only: [String]) {
        #expect(throws: OperationError.self) { try wishes(partitions: partitions, retention: retention, only: only) }
    }

    @Test(arguments: [(nil, 1, 1), (nil, 2, 2), (nil, 3, 3), (nil, 9, 3), (2, 9, 2), (nil, 0, 1)] as [(Int?, Int, Int)])
    func `replicas follow the brokers, three at most`(given: Int?, brokers: Int, expected: Int) throws {
        #expect(try wishes(factor: given).replicas(brokers: brokers) == expected)
    }

    @Test func `what is missing is created, and that is right`() throws {
        let plan = TopicPlan.make(try wishes(), found: [:], brokers: 3)
        #expect(plan.missing.count == 19 && plan.isRight && plan.alterable.isEmpty && plan.isRight(afterAltering: false))
        let settings = plan.entries[0].topic.settings(replicationFactor: 3).map { "\($0.key)=\($0.value)" }
        #expect(settings == ["cleanup.policy=delete", "retention.ms=604800000", "min.insync.replicas=2"])
        #expect(plan.entries[0].topic.settings(replicationFactor: 2).count == 2)
    }

    @Test func `a topic as wanted is the same, also with more replicas than usual`() throws {
        #expect(try entry(found()).state == .same)
        let replicated = try entry(found(replicas: 3))
        #expect(replicated.state == .same && replicated.notes.count == 1, "min.insync.replicas is worth a word")
        #expect(try entry(found(replicas: 3, ["min.insync.replicas": "2"])).notes.isEmpty)
    }

    @Test(
        arguments: [
            (3, 1, [:], nil, ["partitions 6 3 true"]), (9, 1, [:], nil, ["partitions 6 9 false"]),
            (6, 1, ["retention.ms": "3600000"], nil, ["retention.ms 7d 1h true"]),
            (6, 1, ["retention.ms": "-1"], nil, ["retention.ms 7d forever true"]),
            (6, 1, ["cleanup.policy": "compact,delete"], nil, ["cleanup.policy delete compact,delete false"]),
            (6, 2, [:], nil, ["replication.factor 3 2 false"]), (6, 4, [:], nil, []),
            (6, 4, [:], 3, ["replication.factor 3 4 false"]),
        ] as [(Int, Int, [String: String], Int?, [String])])
    func `each difference is named, and who can mend it`(
        partitions: Int, replicas: Int, settings: [String: String], factor: Int?, expected: [String]
    ) throws {
        let brokers = replicas == 1 ? 1 : 5
        let entry = try entry(found(partitions: partitions, replicas: replicas, settings), factor: factor, brokers: brokers)
        #expect(entry.differences.map { "\($0.setting) \($0.wanted) \($0.found) \($0.isAlterable)" } == expected)
    }

    @Test func `what may not be looked at is unknown, never called missing or the same`() throws {
        let hidden = try entry(FoundTopic(partitions: 6, replicas: 1, problem: "not authorised"))
        #expect(hidden.state == .unknown("not authorised"))
        #expect(try entry(FoundTopic(partitions: 6, replicas: 1, settings: nil)).state.name == "unknown")
        let plan = TopicPlan(entries: [hidden], brokers: 1, replicationFactor: 1)
        #expect(!plan.isRight && !plan.isRight(afterAltering: true))
    }

    @Test func `altering puts right what it can`() throws {
        let mendable = TopicPlan(entries: [try entry(found(partitions: 3))], brokers: 1, replicationFactor: 1)
        #expect(!mendable.isRight && !mendable.isRight(afterAltering: false) && mendable.isRight(afterAltering: true))
        #expect(mendable.alterable.count == 1)
        let stuck = TopicPlan(entries: [try entry(found(partitions: 9))], brokers: 1, replicationFactor: 1)
        #expect(stuck.alterable.isEmpty && !stuck.isRight(afterAltering: true))
    }

    @Test func `the report names every topic with its state`() throws {
        let wishes = try wishes()
        let plan = TopicPlan.make(wishes, found: ["order.events": found(partitions: 3)], brokers: 1)
        let report = TopicPlanReport.report(plan)
        #expect(!report.isRight)
        #expect(report.text.contains("different: partitions is 3, wanted 6"))
        #expect(report.text.contains("missing: will be created"))
        #expect(report.text.contains("18 missing, 1 different"))
    }
}
