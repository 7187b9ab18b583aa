import Kafka
import LocalServers
import Telemetry

/// A well-behaved member of a group in a test: answers rebalances, commits before it gives back, keeps what it read.
final class GroupMember {
    let consumer: GroupConsumer
    private(set) var records: [Record] = []
    private(set) var errors: [KafkaError] = []
    private(set) var assignment: [TopicPartition] = []
    private(set) var revocations = 0

    init(_ kafka: TemporaryKafka, group: String, topics: [String], instance: String? = nil) throws {
        consumer = try GroupConsumer(
            properties: [
                "bootstrap.servers": kafka.bootstrap, "heartbeat.interval.ms": "200", "fetch.wait.max.ms": "20",
                "topic.metadata.refresh.interval.ms": "1000",
            ], group: group, topics: topics, instance: instance, logger: .disabled)
    }

    /// The offsets behind what was read, of the partitions that it has.
    var positions: [(TopicPartition, Int64)] {
        var positions: [TopicPartition: Int64] = [:]
        for record in records {
            let place = TopicPartition(record.topic, record.partition)
            positions[place] = max(positions[place] ?? 0, record.offset + 1)
        }
        return positions.filter { assignment.contains($0.key) }.map { ($0.key, $0.value) }
    }

    func step() throws {
        switch consumer.poll(timeoutMilliseconds: 20) {
        case .record(let record, _): records.append(record)
        case .assigned(let partitions):
            assignment = partitions
            try consumer.assign(partitions.map { ($0, nil) })
        case .revoked:
            revocations += 1
            try consumer.commit(positions, isSynchronous: true)
            assignment = []
            try consumer.unassign()
        case .lost:
            assignment = []
            try consumer.unassign()
        case .error(let error): errors.append(error)
        case .nothing: break
        }
    }

    /// Polls until the condition holds; false when it did not for a minute.
    func run(until isDone: (GroupMember) -> Bool) throws -> Bool {
        try Self.run([self]) { isDone(self) }
    }

    static func run(_ members: [GroupMember], until isDone: () -> Bool) throws -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while !isDone() {
            if clock.now > deadline { return false }
            for member in members { try member.step() }
        }
        return true
    }
}
