public import Kafka
public import PostgresClient

/// A record as the tables of dead letters and parked events keep it.
public enum StoredRecord {
    /// The columns that ``read(_:row:)`` takes, in its order, for a SELECT.
    public static let columns = "topic, partition_number, record_offset, record_time, record_key, record_value, headers"

    /// The record of a row whose first columns are ``columns``; nil when it does not hold what the kit has written.
    public static func read(_ rows: QueryResult, row: Int) -> Record? {
        guard let place = TopicPartition(rows, row: row), let offset = rows.integer(row, 2),
            let headers = rows.text(row, 6).flatMap({ HeaderJSON.headers($0) })
        else { return nil }
        return Record(
            topic: place.topic, partition: place.partition, offset: offset, timestampMilliseconds: rows.integer(row, 3),
            key: rows.text(row, 4).flatMap { Hex.bytes($0) }, value: rows.text(row, 5).flatMap { Hex.bytes($0) },
            headers: headers)
    }
}
