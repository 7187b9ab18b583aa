internal import CRDKafka
internal import Glibc

/// One record inside librdkafka's memory, valid for the length of the closure it is lent to. Nothing is copied or allocated until
/// it is asked for.
public struct RawRecord: ~Copyable {
    private let message: UnsafeMutablePointer<rd_kafka_message_t>

    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        self.message = message
    }

    public var partition: Int32 { message.pointee.partition }

    public var offset: Int64 { message.pointee.offset }

    /// Milliseconds since 1970; nil when the log has none.
    public var timestampMilliseconds: Int64? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let time = rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : time
    }

    /// Whether the time is the broker's, of when it appended the record, and not the producer's.
    public var timestampIsAppendTime: Bool {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        _ = rd_kafka_message_timestamp(message, &type)
        return type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME
    }

    /// nil for a record without a key. Borrowed.
    public var key: UnsafeRawBufferPointer? {
        message.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.key_len) }
    }

    /// nil for a tombstone. Borrowed.
    public var value: UnsafeRawBufferPointer? {
        message.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: message.pointee.len) }
    }

    /// Makes a String; compare topics by ``isOf(topic:)`` where it matters.
    public var topic: String { message.pointee.rkt.map { String(cString: rd_kafka_topic_name($0)) } ?? "" }

    public func isOf(topic: StaticString) -> Bool {
        guard let pointer = message.pointee.rkt, let name = rd_kafka_topic_name(pointer) else { return false }
        return topic.withUTF8Buffer { bytes in
            for (index, byte) in bytes.enumerated() where UInt8(bitPattern: name[index]) != byte {
                return false
            }
            return name[bytes.count] == 0
        }
    }

    /// Calls `body` with each header in order, until it returns false. Name bytes (UTF-8) and value are borrowed; the value is nil
    /// for a header without one.
    public func forEachHeader(_ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer?) -> Bool) {
        var list: OpaquePointer?
        guard rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while rd_kafka_header_get_all(list, index, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR, let start = name {
            index += 1
            let nameBytes = UnsafeRawBufferPointer(start: start, count: strlen(start))
            if !body(nameBytes, value.map { UnsafeRawBufferPointer(start: $0, count: size) }) { return }
        }
    }

    /// A copy that outlives the closure.
    public func copy() -> Record { copy(topic: topic) }

    /// The same with a name of the topic that was made before.
    func copy(topic: String) -> Record {
        var headers: [(name: String, value: [UInt8]?)] = []
        forEachHeader { name, value in
            headers.append((String(decoding: name, as: UTF8.self), value.map { Array($0) }))
            return true
        }
        return Record(
            topic: topic, partition: partition, offset: offset, timestampMilliseconds: timestampMilliseconds,
            timestampIsAppendTime: timestampIsAppendTime, key: key.map { Array($0) }, value: value.map { Array($0) },
            headers: headers)
    }
}
