import CommandLineKit
import OutboxModel
import PostgresClient
import PostgresReplication
import RelayCore
import RelayOperations
import Testing

/// A database or topic with one thing wrong, and what is to be found then.
struct Trouble<Facts>: Sendable, CustomTestStringConvertible {
    let check: String
    let severity: Finding.Severity
    let change: @Sendable (inout Facts) -> Void

    init(_ check: String, _ severity: Finding.Severity = .warn, _ change: @escaping @Sendable (inout Facts) -> Void) {
        self.check = check
        self.severity = severity
        self.change = change
    }

    var testDescription: String { "\(check) \(severity.rawValue)" }
}

struct DoctorChecksTests {
    private static let options: RelayOptions? = try? RelayOptions(
        postgres: .init(dsn: "", applicationName: "test"),
        routing: .init(defaultTopic: "default.events", deadLetterTopic: "deadletter.events"))

    private func severities(_ change: (inout DatabaseFacts) -> Void) throws -> [String: Finding.Severity] {
        var facts = DatabaseFacts()
        facts.walKeepBytes = 10 << 30
        facts.clockSkewSeconds = 0
        var slot = ReplicationSlot(name: "outbox_relay")
        slot.walStatus = "reserved"
        slot.retainedWALBytes = 1 << 20
        facts.slots = [slot]
        facts.backlog = Backlog(pendingRows: 3, oldestPendingSeconds: 1)
        change(&facts)
        var server = ServerFacts()
        var table = ServerFacts.Table()
        table.columns = [.init(name: "status", type: "text", typeOID: 25, isNotNull: true)]
        server.table = table
        let findings = DatabaseChecks.evaluate(facts, server: server, options: try #require(Self.options))
        for finding in findings where finding.severity != .ok { #expect(!finding.remedy.isEmpty) }
        return Dictionary(findings.map { ($0.check, $0.severity) }, uniquingKeysWith: max)
    }

    @Test func `a database in order gives no word of warning`() throws {
        #expect(try severities { _ in }.values.allSatisfy { $0 == .ok })
    }

    private static let databaseTroubles: [Trouble<DatabaseFacts>] = [
        Trouble("server.encoding") { $0.serverEncoding = "SQL_ASCII" },
        Trouble("server.clock") { $0.clockSkewSeconds = -1.5 },
        Trouble("server.wal_keep") { $0.walKeepBytes = nil },
        Trouble("slot.wal") { $0.slots[0].walStatus = "unreserved" },
        Trouble("slot.wal") { $0.slots[0].safeWALSize = 1 << 30 },
        Trouble("slot.wal") { $0.slots[0].retainedWALBytes = 2 << 30 },
        Trouble("table.id_index") { $0.hasIDIndex = false },
        Trouble("table.pending_index") { $0.hasPendingIndex = false },
        Trouble("table.pending") { $0.backlog.oldestPendingSeconds = 61 },
        Trouble("slot.other") { facts in
            var other = ReplicationSlot(name: "other")
            other.retainedWALBytes = 2 << 30
            facts.slots.append(other)
        },
    ]

    @Test(arguments: databaseTroubles)
    func `each trouble of the database is warned of`(trouble: Trouble<DatabaseFacts>) throws {
        #expect(try severities(trouble.change)[trouble.check] == trouble.severity)
    }

    @Test func `a slow answer is no skewed clock`() throws {
        let found = try severities { facts in
            facts.clockSkewSeconds = 1.5
            facts.clockUncertaintySeconds = 0.8
        }
        #expect(found["server.clock"] == .ok)
    }

    // MARK: Topics

    private func topic(_ change: (inout TopicFacts) -> Void) -> [Finding] {
        var facts = TopicFacts(name: "t", setting: "topic.default")
        facts.partitions = 3
        facts.replicas = 3
        facts.inSyncReplicas = 3
        facts.maximumMessageBytes = 1_048_588
        facts.minimumInSyncReplicas = 2
        change(&facts)
        return TopicChecks.evaluate(facts)
    }

    @Test func `a topic in order gives no word of warning`() {
        #expect(topic { _ in }.allSatisfy { $0.severity == .ok })
    }

    private static let topicTroubles: [Trouble<TopicFacts>] = [
        Trouble("topic.usable", .fail) { $0.problem = "TOPIC_AUTHORIZATION_FAILED" },
        Trouble("topic.exists", .fail) { facts in
            facts.exists = false
            facts.createsTopics = false
        },
        Trouble("topic.exists") { facts in
            facts.exists = false
            facts.createsTopics = true
        },
        Trouble("topic.exists") { $0.exists = false },
        Trouble("topic.exists", .fail) { $0.leaderless = 1 },
        Trouble("topic.durability", .fail) { $0.inSyncReplicas = 1 },
        Trouble("topic.durability") { $0.minimumInSyncReplicas = 3 },
        Trouble("topic.durability") { $0.minimumInSyncReplicas = 1 },
        Trouble("topic.durability") { facts in
            facts.replicas = 1
            facts.inSyncReplicas = 1
            facts.minimumInSyncReplicas = 1
        },
        Trouble("topic.limit") { $0.maximumMessageBytes = nil },
    ]

    @Test(arguments: topicTroubles)
    func `each trouble with a topic is found`(trouble: Trouble<TopicFacts>) {
        let found = topic(trouble.change).first { $0.check == trouble.check }
        #expect(found?.severity == trouble.severity)
        #expect(found?.remedy.isEmpty == false)
    }

    // MARK: Report

    @Test func `findings are grouped, counted and fail the report`() {
        let findings = [
            Finding("topic.limit", .warn, object: "topic t", fact: "f1", remedy: "r1"),
            Finding("server.version", .ok, object: "PostgreSQL", fact: "version 16"),
            Finding("strange.thing", .fail, object: "o\u{1B}[0m", fact: "f2", remedy: "r2"),
        ]
        let report = DoctorReport.report(findings)
        #expect(!report.isRight)
        #expect(
            report.text == """
                Server
                  ok    PostgreSQL: version 16

                Topics
                  warn  topic t: f1
                        remedy: r1

                Other
                  FAIL  o\\u{1b}[0m: f2
                        remedy: r2

                1 ok, 1 to look at, 1 failed

                """)
        #expect(
            report.json.render().hasPrefix(
                "{\"healthy\":false,\"ok\":1,\"warn\":1,\"fail\":1,\"findings\":[{\"check\":\"topic.limit\""))
        #expect(DoctorReport.report([findings[0]]).isRight)
    }
}
