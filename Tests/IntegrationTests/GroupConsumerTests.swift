import Kafka
import LocalServers
import ServiceRuntime
import Telemetry
import TestSupport
import Testing

/// What librdkafka's mock broker cannot show of a group: missing topics, static members, commits during a rebalance, transactions.
@Suite(.serialized, .needsServers, .timeLimit(.minutes(5)))
struct GroupConsumerTests {
    @Test func `a missing topic is an error, keeps nobody from the others, and is read once it exists`() throws {
        let kafka = try KafkaClusters.secured()
        let (there, missing) = (uniqueName("there"), uniqueName("missing"))
        try create(kafka, there, partitions: 2)
        try produce(kafka, there, 20)
        let member = try GroupMember(kafka, group: uniqueName("hopeful"), topics: [there, missing])
        #expect(try member.run { $0.records.count == 20 && !$0.errors.isEmpty })
        #expect(member.errors.contains { $0.code == .unknownTopicOrPartition && $0.message.contains(missing) })
        try create(kafka, missing, partitions: 1)
        try produce(kafka, missing, 5)
        #expect(try member.run { $0.records.count { $0.topic == missing } == 5 })
        #expect(member.consumer.close(within: 20_000))
    }

    @Test func `two members share, and what is committed on revoke is read by nobody again`() throws {
        let kafka = try KafkaClusters.secured()
        let (topic, group) = (uniqueName("shared"), uniqueName("pair"))
        try create(kafka, topic, partitions: 4)
        try produce(kafka, topic, 400)
        let first = try GroupMember(kafka, group: group, topics: [topic])
        #expect(try first.run { $0.records.count == 400 })
        let second = try GroupMember(kafka, group: group, topics: [topic])
        let members = [first, second]
        #expect(try GroupMember.run(members) { first.assignment.count == 2 && second.assignment.count == 2 })
        #expect(Set(first.assignment + second.assignment).count == 4)
        #expect(first.revocations == 1 && second.revocations == 0)
        try produce(kafka, topic, 400)
        #expect(try GroupMember.run(members) { first.records.count + second.records.count >= 800 })
        let all = (first.records + second.records).map { "\($0.partition)/\($0.offset)" }
        #expect(all.count == 800 && Set(all).count == 800)
        #expect(first.errors.isEmpty && second.errors.isEmpty, "\(first.errors) \(second.errors)")
        try second.consumer.commit(second.positions, isSynchronous: true)
        #expect(second.consumer.close(within: 20_000))
        #expect(try first.run { $0.assignment.count == 4 })
        #expect(first.revocations == 2)
        let places = first.assignment
        let bounds = try first.consumer.bounds(places)
        let committed = try first.consumer.committed(places)
        #expect(committed == bounds.mapValues(\.end))
        let outside = try GroupOffsets(properties: properties(kafka), group: group, logger: .disabled)
        defer { outside.close() }
        #expect(try outside.committed(places) == committed)
        #expect(first.consumer.close(within: 20_000))
    }

    @Test func `a static member that comes back within its session moves no partitions`() throws {
        let kafka = try KafkaClusters.secured()
        let (topic, group) = (uniqueName("static"), uniqueName("static"))
        try create(kafka, topic, partitions: 2)
        let first = try GroupMember(kafka, group: group, topics: [topic], instance: "one")
        var second = try GroupMember(kafka, group: group, topics: [topic], instance: "two")
        #expect(try GroupMember.run([first, second]) { first.assignment.count == 1 && second.assignment.count == 1 })
        let before = (first.assignment, second.assignment, first.revocations)
        #expect(second.consumer.close(within: 20_000))
        second = try GroupMember(kafka, group: group, topics: [topic], instance: "two")
        #expect(try GroupMember.run([first, second]) { !second.assignment.isEmpty })
        #expect(first.assignment == before.0 && second.assignment == before.1 && first.revocations == before.2)
        // The same name once more drives the present one out, for good.
        let impostor = try GroupMember(kafka, group: group, topics: [topic], instance: "two")
        #expect(try GroupMember.run([first, second, impostor]) { second.errors.contains(where: \.isFatal) })
        for member in [first, second, impostor] { #expect(member.consumer.close(within: 20_000)) }
    }

    @Test func `a broker's restart is an error and no end`() throws {
        let kafka = try TestServers.kafka()
        let topic = uniqueName("restart")
        try create(kafka, topic, partitions: 1)
        try produce(kafka, topic, 10)
        let member = try GroupMember(kafka, group: uniqueName("restart"), topics: [topic])
        #expect(try member.run { $0.records.count == 10 })
        kafka.stop()
        do {
            defer { try? kafka.start() }
            #expect(try member.run { !$0.errors.isEmpty })
            #expect(throws: KafkaError.self) {
                try member.consumer.commit(member.positions, isSynchronous: true, timeoutMilliseconds: 1_000)
            }
        }
        try produce(kafka, topic, 10)
        #expect(try member.run { Set($0.records.map(\.offset)).count == 20 })
        #expect(try member.run { member in (try? member.consumer.commit(member.positions, isSynchronous: true)) != nil })
        #expect(member.consumer.close(within: 20_000))
    }

    // MARK: Parts

    private func uniqueName(_ stem: String) -> String { "\(stem)-\(MonotonicTime.wallClockMicroseconds())" }

    private func properties(_ kafka: TemporaryKafka) -> KafkaProperties { ["bootstrap.servers": kafka.bootstrap] }

    private func create(_ kafka: TemporaryKafka, _ topic: String, partitions: Int) throws {
        let admin = try Admin(properties: properties(kafka), logger: .disabled)
        defer { admin.close() }
        let errors = try admin.createTopics([NewTopic(name: topic, partitions: partitions)], timeoutMilliseconds: 20_000)
        #expect(errors == [nil])
    }

    private func produce(_ kafka: TemporaryKafka, _ topic: String, _ count: Int) throws {
        let producer = try Producer(
            properties: KafkaProperties.producerDefaults.merging(properties(kafka)), logger: .disabled, onDelivery: { _ in },
            onError: { _ in })
        defer { producer.close() }
        let handle = try producer.topic(topic)
        for index in 0..<count {
            Array("key-\(index)".utf8).withUnsafeBytes { key in
                _ = producer.produce(
                    topic: handle, key: key, value: key, headers: .empty, timestampMilliseconds: 0, opaque: 0)
            }
        }
        #expect(producer.waitUntilDrained(timeoutMilliseconds: 20_000))
    }
}
