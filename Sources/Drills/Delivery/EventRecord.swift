public import Kafka

/// One event as Kafka holds it: what an audit compares.
public struct EventRecord: Hashable, Sendable {
    public let id: String
    public let key: String
    public let topic: String
    public let partition: Int32
    public let offset: Int64
    /// The number in the payload that the workload counts up for each key; nil when there is none.
    public let sequence: Int?

    public init(id: String, key: String, topic: String, partition: Int32, offset: Int64, sequence: Int?) {
        self.id = id
        self.key = key
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.sequence = sequence
    }

    /// The event id comes from the header `event_id`, or `id` in format=debezium.
    public init(_ record: borrowing RawRecord, topic: String) {
        var id = ""
        record.forEachHeader { name, value in
            guard name.elementsEqual("event_id".utf8) || name.elementsEqual("id".utf8), let value else { return true }
            id = String(decoding: value, as: UTF8.self)
            return false
        }
        self.init(
            id: id, key: record.key.map { String(decoding: $0, as: UTF8.self) } ?? "", topic: topic,
            partition: record.partition, offset: record.offset,
            sequence: record.value.flatMap { Self.number(after: "\"seq\":", in: $0) })
    }

    /// The integer behind the first occurrence of a name; a blank may stand between.
    private static func number(after name: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        name.withUTF8Buffer { wanted in
            var start = 0
            while start + wanted.count <= bytes.count {
                if bytes[start] == wanted[0], bytes[start..<(start + wanted.count)].elementsEqual(wanted) {
                    let digits = bytes[(start + wanted.count)...].drop { $0 == UInt8(ascii: " ") }.prefix {
                        (48...57).contains($0)
                    }
                    return digits.isEmpty ? nil : digits.reduce(0) { $0 &* 10 &+ Int($1 &- 48) }
                }
                start += 1
            }
            return nil
        }
    }
}
