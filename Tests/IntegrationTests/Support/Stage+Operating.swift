import Drills
import Kafka
import PostgresClient
import Synchronization
import Telemetry
import TestSupport

extension CommandRun {
    /// A number of the JSON document.
    func number(_ name: String) -> Int? { json[name] as? Int }
    func text(_ name: String) -> String? { json[name] as? String }
    func objects(_ name: String) -> [[String: Any]] { json[name] as? [[String: Any]] ?? [] }
    /// What `result` of a change says.
    var result: [String: Any] { json["result"] as? [String: Any] ?? [:] }
}

extension Stage {
    /// Produces records as somebody else would, and waits until they have arrived.
    func produce(_ records: [(key: String, value: String, headers: [(name: String, value: [UInt8]?)])], to topic: String? = nil)
        throws
    {
        let counter = Counting()
        let producer = try Producer(
            properties: KafkaProperties.producerDefaults.merging(["bootstrap.servers": bootstrap]), logger: .disabled,
            onDelivery: { counter.add($0.failureCount) }, onError: { _ in })
        let handle = try producer.topic(topic ?? setup.topic)
        for record in records {
            let outcome = HeaderBlock.with(record.headers) { headers in
                Array(record.key.utf8).withUnsafeBytes { key in
                    Array(record.value.utf8).withUnsafeBytes { value in
                        producer.produce(topic: handle, key: key, value: value, headers: headers, opaque: 0)
                    }
                }
            }
            guard case .accepted = outcome else { throw TopicLog.Failure(description: "\(outcome)") }
        }
        guard producer.waitUntilDrained(timeoutMilliseconds: 20_000), counter.count == 0 else {
            throw TopicLog.Failure(description: "the test's own records did not arrive")
        }
        producer.close()
    }

    /// A record once more, as it is.
    func produceAgain(_ record: Record, to topic: String? = nil) throws {
        try produce([(record.keyText ?? "", record.text ?? "", record.headers)], to: topic)
    }

    /// Deletes the records of partition 0 below an offset.
    func deleteRecords(before offset: Int64, of topic: String? = nil) throws {
        let admin = try Admin(properties: ["bootstrap.servers": bootstrap], logger: .disabled)
        try admin.deleteRecords(of: topic ?? setup.topic, partition: 0, before: offset, timeoutMilliseconds: 10_000)
        admin.close()
    }

    /// The id of the row with this number.
    func id(of number: Int, table: String = "outbox_events") throws -> String {
        try scalar("SELECT id FROM \(table) WHERE payload->>'n' = '\(number)'") ?? ""
    }

    func waitForPublished(_ count: Int, table: String = "outbox_events", status: String = "status", seconds: Double = 30) throws {
        try wait(
            for: String(count), of: "SELECT count(*) FROM \(table) WHERE \(status) = 'PUBLISHED'", seconds: seconds)
    }
}

private final class Counting: Sendable {
    private let failures: Mutex<Int>

    init() { failures = Mutex(0) }

    func add(_ number: Int) { failures.withLock { $0 += number } }
    var count: Int { failures.withLock { $0 } }
}
