import ConsumerKit
import Kafka
import PostgresClient

/// A dead letter as its table has it.
struct StoredLetter {
    /// For a SELECT over consumer_dead_letters d, in the order that ``init(_:row:)`` reads.
    static func columns(withRecord: Bool) -> String {
        func time(_ column: String) -> String { "to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')" }
        let record =
            withRecord
            ? StoredRecord.columns : "topic, partition_number, record_offset, record_time, NULL, NULL, '[]'"
        return """
            \(record), event_id, encode(record_key, 'hex'), error_class, reason, attempts, \(time("first_failed_at")), \
            \(time("failed_at")), state, \(time("changed_at")), changed_by, dlq_topic, \
            (SELECT count(*) FROM consumer_parked p WHERE p.consumer_name = d.consumer_name AND p.topic = d.topic \
            AND sha256(p.record_key) = sha256(d.record_key))
            """
    }

    /// Without key, value and headers when these were not asked for.
    let record: Record
    let eventID: String?
    /// Hexadecimal digits.
    let key: String?
    let kind: String
    let reason: String
    let attempts: Int64
    let firstFailedAt: String
    let failedAt: String
    let state: String
    let changedAt: String?
    let changedBy: String?
    let deadLetterTopic: String
    /// Events of its key that wait.
    let parked: Int64

    var place: RecordPlace { RecordPlace(record) }
    var isOpen: Bool { state == "open" }

    /// nil when the row does not hold what the kit has written.
    init?(_ rows: QueryResult, row: Int) {
        guard let record = StoredRecord.read(rows, row: row) else { return nil }
        self.record = record
        eventID = rows.text(row, 7)
        key = rows.text(row, 8)
        kind = rows.text(row, 9) ?? ""
        reason = rows.text(row, 10) ?? ""
        attempts = rows.integer(row, 11) ?? 0
        firstFailedAt = rows.text(row, 12) ?? ""
        failedAt = rows.text(row, 13) ?? ""
        state = rows.text(row, 14) ?? ""
        changedAt = rows.text(row, 15)
        changedBy = rows.text(row, 16)
        deadLetterTopic = rows.text(row, 17) ?? ""
        parked = rows.integer(row, 18) ?? 0
    }
}
