/// What was written against what came back: every event by its id, and the last sequence number by its key.
///
/// A value; whoever shares it between the writers and the reader guards it. Times are monotonic nanoseconds.
public struct DeliveryLedger: Sendable {
    private struct Entry {
        var sentAt: Int64
        var commits: Bool
        var arrivals = 0
    }

    /// The totals so far.
    public private(set) var counts = DeliveryCounts()
    private var entries: [String: Entry] = [:]
    private var lastSequence: [String: Int] = [:]

    public init() {}

    /// Enters an event; to be called before its transaction ends, because the relay may be faster than the answer to the COMMIT.
    ///
    /// - Parameters:
    ///   - commits: false for an event whose transaction, or whose savepoint, is rolled back.
    ///   - time: when the COMMIT is sent.
    public mutating func write(id: String, commits: Bool, at time: Int64) {
        entries[id] = Entry(sentAt: time, commits: commits)
        if commits { counts.written += 1 } else { counts.rolledBack += 1 }
    }

    /// Enters an arrival.
    ///
    /// - Parameters:
    ///   - sequence: the event's place among those of its key, from its payload.
    /// - Returns: nanoseconds since the COMMIT was sent for the first arrival of a committed event; nil for any other.
    public mutating func arrive(id: String, key: String, sequence: Int?, at time: Int64) -> Int64? {
        guard var entry = entries[id] else {
            counts.unknown += 1
            return nil
        }
        entry.arrivals += 1
        entries[id] = entry
        guard entry.commits else {
            if entry.arrivals == 1 { counts.rolledBackSeen += 1 }
            return nil
        }
        guard entry.arrivals == 1 else {
            counts.duplicates += 1
            return nil
        }
        counts.delivered += 1
        checkOrder(key: key, sequence: sequence)
        return max(0, time - entry.sentAt)
    }

    /// An event without a number cannot be shown to be in its place, so it counts as out of order.
    private mutating func checkOrder(key: String, sequence: Int?) {
        let last = lastSequence[key] ?? 0
        guard let sequence, sequence > last else {
            counts.orderViolations += 1
            return
        }
        lastSequence[key] = sequence
    }
}
