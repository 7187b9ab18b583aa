import Kafka
import Telemetry

/// A member of a group in a test: polls until something happened, and keeps what it read.
final class Member {
    let consumer: GroupConsumer
    private(set) var records: [Record] = []
    private(set) var errors: [KafkaError] = []
    private(set) var assignment: [TopicPartition] = []
    /// How often partitions, or none, were given to it, and how often taken back.
    private(set) var assignments = 0
    private(set) var revocations = 0

    init(
        _ cluster: MockCluster, group: String, topics: [String], properties: KafkaProperties = [:]
    ) throws {
        let base: KafkaProperties = [
            "bootstrap.servers": cluster.bootstrapServers, "session.timeout.ms": "6000", "heartbeat.interval.ms": "100",
            "fetch.wait.max.ms": "20", "acks": "all",
        ]
        consumer = try GroupConsumer(
            properties: base.merging(properties), group: group, topics: topics, instance: nil, logger: .disabled)
    }

    /// The offsets behind what was read, of the partitions that it has.
    var positions: [(TopicPartition, Int64)] {
        var positions: [TopicPartition: Int64] = [:]
        for record in records {
            positions[TopicPartition(record.topic, record.partition)] = record.offset + 1
        }
        return positions.filter { assignment.contains($0.key) }.map { ($0.key, $0.value) }
    }

    /// One poll, answered as a well-behaved member does. Returns the step.
    @discardableResult
    func step(milliseconds: Int = 20, from starts: [TopicPartition: Int64] = [:]) throws -> GroupConsumer.Step {
        let step = consumer.poll(timeoutMilliseconds: milliseconds)
        switch step {
        case .record(let record, let place):
            records.append(record)
            precondition(place == TopicPartition(record.topic, record.partition))
        case .assigned(let partitions):
            assignments += 1
            assignment = partitions
            try consumer.assign(partitions.map { ($0, starts[$0]) })
        case .revoked:
            revocations += 1
            // The mock broker, unlike a real one, takes no commit once a rebalance has begun.
            try? consumer.commit(positions, isSynchronous: true)
            assignment = []
            try consumer.unassign()
        case .lost:
            assignment = []
            try consumer.unassign()
        case .error(let error): errors.append(error)
        case .nothing: break
        }
        return step
    }

    /// Polls until the condition holds; false when it did not for 30 seconds.
    func run(from starts: [TopicPartition: Int64] = [:], until isDone: (Member) -> Bool) throws -> Bool {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(30)
        while !isDone(self) {
            if clock.now > deadline { return false }
            try step(from: starts)
        }
        return true
    }
}
