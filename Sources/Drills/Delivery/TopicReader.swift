import Kafka
import ServiceRuntime
import Telemetry

/// Reads whole topics: every record that they hold now.
public enum TopicReader {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// All records of the topics from their beginning to their end at the time of the call, partition by partition in order of
    /// offsets. A topic that does not exist has none.
    public static func read(_ topics: [String], bootstrap: String, seconds: Double = 60) throws -> [EventRecord] {
        var records: [EventRecord] = []
        for topic in topics { records += try read(topic, bootstrap: bootstrap, seconds: seconds) }
        return records
    }

    private static func read(_ topic: String, bootstrap: String, seconds: Double) throws -> [EventRecord] {
        let consumer = try Consumer(properties: ["bootstrap.servers": bootstrap, "fetch.wait.max.ms": "10"], logger: .disabled)
        defer { consumer.close() }
        var open: Set<Int32>
        do throws(KafkaError) {
            open = Set(try consumer.assign(topic: topic))
        } catch {
            if error.code == .unknownTopicOrPartition { return [] }
            throw error
        }
        var records: [EventRecord] = []
        let deadline = MonotonicTime.now() + Int64(seconds * 1_000_000_000)
        while !open.isEmpty {
            guard MonotonicTime.now() < deadline else {
                throw Failure(description: "\(topic): \(open.count) partitions were not read to their end within \(seconds) s")
            }
            switch consumer.withRawRecord(timeoutMilliseconds: 100, { EventRecord($0, topic: topic) }) {
            case .record(let record): records.append(record)
            case .endOfPartition(_, let partition, _): open.remove(partition)
            case .nothing, .error: break
            }
        }
        return records.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }
}
