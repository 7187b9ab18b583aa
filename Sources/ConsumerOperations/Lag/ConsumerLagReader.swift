import Configuration
import ConsumerKit
import Glibc
import Kafka
import PostgresClient
import RelayOperations
import ServiceRuntime
import Telemetry

/// Asks database and cluster how far consumers are, whether they run or not. Nothing is changed, no group is joined.
struct ConsumerLagReader {
    private static let timeoutMilliseconds = 10_000

    let settings: ConsumerSettings

    private var properties: Kafka.KafkaProperties { Kafka.KafkaProperties(settings.kafkaProperties).connectionOnly }

    func read(_ consumers: [ConfiguredConsumer]) throws(OperationError) -> [ConsumerLag] {
        let marks = try marks()
        do throws(KafkaError) {
            let reader = try Consumer(properties: properties, logger: .disabled)
            defer { reader.close() }
            var bounds: [String: Result<[PartitionBounds], KafkaError>] = [:]
            var lags: [ConsumerLag] = []
            for consumer in consumers {
                lags.append(try lag(consumer.definition, marks[consumer.definition.name] ?? [:], reader, &bounds))
            }
            for index in lags.indices { try addAges(&lags[index]) }
            return lags
        } catch { throw OperationError("asking Kafka: \(error)") }
    }

    /// The high-water marks by consumer.
    private func marks() throws(OperationError) -> [String: [TopicPartition: Int64]] {
        do throws(PostgresError) {
            let connection = try Connection.open(ConnectionSettings(settings))
            defer { connection.close() }
            guard try connection.execute("SELECT to_regclass('consumer_positions') IS NOT NULL").boolean(0, 0) == true else {
                throw PostgresError(
                    kind: .configuration, message: "the table consumer_positions does not exist",
                    hint: "outbox-consumer migrate up makes it")
            }
            let rows = try connection.execute(
                "SELECT consumer_name, topic, partition_number, next_offset FROM consumer_positions")
            var marks: [String: [TopicPartition: Int64]] = [:]
            for row in 0..<rows.rowCount {
                guard let name = rows.text(row, 0), let place = TopicPartition(rows, row: row, column: 1),
                    let offset = rows.integer(row, 3)
                else { continue }
                marks[name, default: [:]][place] = offset
            }
            return marks
        } catch { throw OperationError("reading the positions: \(error)") }
    }

    private func lag(
        _ definition: ConsumerDefinition, _ marks: [TopicPartition: Int64], _ reader: Consumer,
        _ bounds: inout [String: Result<[PartitionBounds], KafkaError>]
    ) throws(KafkaError) -> ConsumerLag {
        var places: [(TopicPartition, PartitionBounds)] = []
        var missing: [ConsumerLag.MissingTopic] = []
        for topic in definition.topics {
            if bounds[topic] == nil {
                bounds[topic] = try Self.bounds(topic, reader)
            }
            switch bounds[topic] {
            case .success(let found)?: places += found.map { (TopicPartition(topic, $0.partition), $0) }
            case .failure(let error)?: missing.append(.init(topic: topic, reason: error.code.text))
            case nil: break
            }
        }
        let group = try GroupOffsets(properties: properties, group: definition.group, logger: .disabled)
        defer { group.close() }
        let committed = try group.committed(places.map(\.0), timeoutMilliseconds: Self.timeoutMilliseconds)
        let partitions = places.map { place, bounds in
            PartitionLag(
                topic: place.topic, partition: place.partition, committed: committed[place], applied: marks[place],
                start: bounds.start, end: bounds.end)
        }
        return ConsumerLag(name: definition.name, group: definition.group, partitions: partitions, missing: missing)
    }

    /// What a topic holds, or why nobody can tell. No broker at all is no matter of the topic: that is thrown.
    private static func bounds(
        _ topic: String, _ reader: Consumer
    ) throws(KafkaError) -> Result<[PartitionBounds], KafkaError> {
        let deadline = MonotonicTime.now() + 3_000_000_000
        while true {
            do throws(KafkaError) {
                return .success(try reader.bounds(topic: topic, timeoutMilliseconds: timeoutMilliseconds))
            } catch {
                if error.code == .localTransport || error.code == .localTimedOut { throw error }
                // A topic that was made just now, or whose leader moves.
                let isPassing = error.code == .notLeaderForPartition || error.code == .leaderNotAvailable
                guard isPassing, MonotonicTime.now() < deadline else { return .failure(error) }
                usleep(200_000)
            }
        }
    }

    /// Reads the first waiting record of every partition, for its time.
    private func addAges(_ lag: inout ConsumerLag) throws(KafkaError) {
        var search = AgeSearch(lag, now: MonotonicTime.now())
        guard !search.isOver(now: MonotonicTime.now()) else { return }
        let reader = try Consumer(
            properties: properties.merging([
                "fetch.wait.max.ms": "50", "queued.min.messages": "1", "fetch.message.max.bytes": "65536",
            ]),
            logger: .disabled)
        defer { reader.close() }
        for (place, position) in search.open {
            try reader.assign(
                topic: place.topic, partition: place.partition, from: .offset(position),
                timeoutMilliseconds: Self.timeoutMilliseconds)
        }
        while !search.isOver(now: MonotonicTime.now()) {
            let found = reader.withRawRecord(timeoutMilliseconds: 500) { record in
                (TopicPartition(record.topic, record.partition), record.timestampMilliseconds)
            }
            switch found {
            case .record((let place, let time)):
                if search.close(place) { Self.update(&lag, place) { $0.waitingSince = time } }
            case .endOfPartition(let topic, let number, _):
                let place = TopicPartition(topic, number)
                if search.close(place) { Self.update(&lag, place) { $0.isExhausted = true } }
            case .nothing: break
            case .error: search.failed(now: MonotonicTime.now())
            }
        }
    }

    private static func update(_ lag: inout ConsumerLag, _ place: TopicPartition, _ change: (inout PartitionLag) -> Void) {
        for index in lag.partitions.indices
        where lag.partitions[index].topic == place.topic && lag.partitions[index].partition == place.partition {
            change(&lag.partitions[index])
        }
    }
}
