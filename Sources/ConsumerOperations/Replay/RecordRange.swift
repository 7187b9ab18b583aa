package import Kafka

/// A part of a partition that is to be read: from an offset to before another. Pure.
package struct RecordRange: Equatable, Sendable {
    package let place: TopicPartition
    package let start: Int64
    package let end: Int64

    package init(place: TopicPartition, start: Int64, end: Int64) {
        self.place = place
        self.start = start
        self.end = end
    }

    package var count: Int64 { max(0, end - start) }
}
