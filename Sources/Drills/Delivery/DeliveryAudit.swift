/// Compares what was committed with what Kafka holds: nothing lost, nothing invented, order per key. Pure.
///
/// At-least-once may repeat: after a crash the block since the last confirmed position comes again, in order, and then the stream
/// goes on. So the *first* occurrences of a key's events must stand in commit order.
public struct DeliveryAudit: Sendable {
    /// Ids that were committed and are not in Kafka, in the order written.
    public private(set) var missing: [String] = []
    /// Ids in Kafka that were never committed: rolled back, or made up.
    public private(set) var invented: [String] = []
    /// Records beyond the first of their id.
    public private(set) var duplicates = 0
    /// First occurrences that stand before one of an earlier event of their key; and keys found in two partitions of a topic, or
    /// under another key than written.
    public private(set) var orderViolations: [String] = []
    /// Records that do not follow their predecessor within the key, neither as its successor nor as a step back: two publishers at
    /// the same time leave that behind, a repetition by one publisher never does.
    public private(set) var interleavings: [String] = []
    public let written: Int
    /// Distinct committed events in Kafka.
    public private(set) var delivered = 0

    private struct Stream: Hashable {
        let topic: String
        let key: String
    }

    /// - Parameters:
    ///   - written: all committed events; any order.
    ///   - delivered: all records of the topics.
    public init(written: [WrittenEvent], delivered records: [EventRecord]) {
        self.written = written.count
        var places: [String: (key: String, place: Int)] = [:]
        places.reserveCapacity(written.count)
        var byKey: [String: [WrittenEvent]] = [:]
        for event in written { byKey[event.key, default: []].append(event) }
        for (key, events) in byKey {
            for (place, event) in events.sorted(by: { $0.sequence < $1.sequence }).enumerated() {
                places[event.id] = (key, place)
            }
        }
        var streams: [Stream: [(place: Int, record: EventRecord)]] = [:]
        for record in records {
            guard let known = places[record.id] else {
                invented.append(record.id)
                continue
            }
            if known.key != record.key {
                orderViolations.append("\(record.id) has the key \(record.key), written with \(known.key)")
            }
            streams[Stream(topic: record.topic, key: known.key), default: []].append((known.place, record))
        }
        var seen: Set<String> = []
        seen.reserveCapacity(written.count)
        for (stream, found) in streams { check(stream, found, &seen) }
        delivered = seen.count
        missing = written.filter { !seen.contains($0.id) }.map(\.id)
    }

    /// Nothing lost, nothing invented, order kept; duplicates are allowed.
    public var isClean: Bool { missing.isEmpty && invented.isEmpty && orderViolations.isEmpty }

    private mutating func check(_ stream: Stream, _ found: [(place: Int, record: EventRecord)], _ seen: inout Set<String>) {
        let ordered = found.sorted { ($0.record.partition, $0.record.offset) < ($1.record.partition, $1.record.offset) }
        if let first = ordered.first, let last = ordered.last, first.record.partition != last.record.partition {
            orderViolations.append("key \(stream.key) is in partitions \(first.record.partition) and \(last.record.partition)")
        }
        // Ranks among what this topic has of the key: an event that went elsewhere, or is missing, is not jumped over.
        let ranks = Dictionary(uniqueKeysWithValues: Set(ordered.map(\.place)).sorted().enumerated().map { ($1, $0) })
        var highest = -1
        var previous = -1
        for (place, record) in ordered {
            let rank = ranks[place] ?? 0
            if seen.insert(record.id).inserted {
                if rank < highest {
                    orderViolations.append("\(position(record)): number \(place) of key \(stream.key) after a later one")
                }
                highest = max(highest, rank)
            } else {
                duplicates += 1
            }
            if rank > previous + 1 {
                interleavings.append("\(position(record)): key \(stream.key) jumps to number \(place)")
            }
            previous = rank
        }
    }

    private func position(_ record: EventRecord) -> String { "\(record.topic)/\(record.partition)@\(record.offset)" }
}
