/// One record as Kafka holds it, copied out of librdkafka.
public struct Record: Sendable {
    public let topic: String
    public let partition: Int32
    public let offset: Int64
    /// Milliseconds since 1970; nil when the log has none.
    public let timestampMilliseconds: Int64?
    /// Whether that is the broker's time, of when it appended the record, and not the producer's.
    public let timestampIsAppendTime: Bool
    /// nil for a record without a key.
    public let key: [UInt8]?
    /// nil for a tombstone.
    public let value: [UInt8]?
    /// In the order of the log, names repeated as there; nil for a header without a value.
    public let headers: [(name: String, value: [UInt8]?)]

    /// For records that come from somewhere else than a poll, such as a table that keeps what was read.
    public init(
        topic: String, partition: Int32, offset: Int64, timestampMilliseconds: Int64?,
        timestampIsAppendTime: Bool = false, key: [UInt8]?, value: [UInt8]?, headers: [(name: String, value: [UInt8]?)]
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.timestampIsAppendTime = timestampIsAppendTime
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// The value of the last header with this name; nil when there is none, `.some(nil)` when it has no value.
    public func header(_ name: String) -> [UInt8]?? {
        headers.last { $0.name == name }?.value
    }
}
