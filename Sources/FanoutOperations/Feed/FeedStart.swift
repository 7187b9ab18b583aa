package import Kafka
package import Realtime

/// From which offset of each partition the history is read. Pure.
package enum FeedStart {
    /// Records that are read before each partition's end even when they are older than the history: the last one is what a cursor is
    /// proven by, and the very last offsets may be marks of transactions, which are no records.
    package static let overlap: Int64 = 16

    /// - Parameters:
    ///   - bounds: what the partitions hold.
    ///   - young: for each of `bounds` the offset of the oldest record that is young enough.
    ///   - events: most events that are kept: of one partition no more are read.
    package static func positions(bounds: [PartitionBounds], young: [Int64], events: Int) -> [(partition: Int32, offset: Int64)] {
        zip(bounds, young).map { bounds, young in
            let wanted = max(young, bounds.end - Int64(events))
            return (bounds.partition, min(max(wanted, bounds.start), max(bounds.start, bounds.end - overlap)))
        }
    }

    package static func positions(_ starts: [(partition: Int32, offset: Int64)]) -> Positions {
        Positions(starts.map { (partition: $0.partition, next: $0.offset) })
    }
}
