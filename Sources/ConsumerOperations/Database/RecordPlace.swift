import ConsumerKit
import Kafka
package import PostgresClient

/// A record by where it lies, written `order.events/3:1042`: topic, partition, offset. An offset below 0 is that of a record whose topic
/// was made anew since. Pure.
public struct RecordPlace: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let topic: String
    public let partition: Int32
    public let offset: Int64

    public init(topic: String, partition: Int32, offset: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
    }

    init(_ record: Record) { self.init(topic: record.topic, partition: record.partition, offset: record.offset) }

    /// nil for what is not written like that.
    public init?(_ text: String) {
        // No topic has a slash or a colon in its name.
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        let numbers = parts[1].split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count == 2, let partition = Int32(numbers[0]), let offset = Int64(numbers[1]), partition >= 0
        else { return nil }
        self.init(topic: String(parts[0]), partition: partition, offset: offset)
    }

    public var description: String { "\(topic)/\(partition):\(offset)" }

    /// What has to hold for a row that lies at one of several places.
    ///
    /// - Parameter number: of the first of the three parameters that ``parameters(_:)`` makes.
    package static func condition(from number: Int) -> String {
        """
        (topic, partition_number, record_offset) IN \
        (SELECT * FROM unnest($\(number)::text[], $\(number + 1)::int[], $\(number + 2)::bigint[]))
        """
    }

    /// Topics, partitions and offsets.
    package static func parameters(_ places: [RecordPlace]) -> [QueryParameter] {
        [
            .texts(places.map(\.topic)), .integers(places.map { Int64($0.partition) }), .integers(places.map(\.offset)),
        ]
    }

    public static func < (left: RecordPlace, right: RecordPlace) -> Bool {
        (left.topic, left.partition, left.offset) < (right.topic, right.partition, right.offset)
    }
}
