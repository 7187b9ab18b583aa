public import Kafka

/// The partitions that this member has, and how far each is done: what may be committed, and which tickets still count. Pure.
public struct AssignmentLedger: Sendable {
    private struct Entry: Sendable {
        let place: TopicPartition
        var progress: PartitionProgress
        /// What was read in the database as the high-water mark.
        var persisted: Int64
        /// What the group was told.
        var committed: Int64
    }

    private var entries: [Int: Entry] = [:]
    private var slots: [TopicPartition: Int] = [:]
    private var nextSlot = 0

    public init() {}

    /// Takes partitions up.
    ///
    /// - Parameters:
    ///   - starts: where reading of each begins.
    ///   - marks: what was read in the database; reading can begin behind it, when the topic does not hold what lies between.
    public mutating func assign(
        _ starts: [(place: TopicPartition, offset: Int64)], marks: [TopicPartition: Int64] = [:]
    ) {
        for start in starts {
            if let old = slots[start.place] { entries[old] = nil }
            entries[nextSlot] = Entry(
                place: start.place, progress: PartitionProgress(start: start.offset),
                persisted: min(start.offset, marks[start.place] ?? start.offset), committed: -1)
            slots[start.place] = nextSlot
            nextSlot += 1
        }
    }

    /// Ends these assignments: records in flight of them are forgotten.
    public mutating func revoke(_ places: [TopicPartition]) {
        for place in places {
            guard let slot = slots.removeValue(forKey: place) else { continue }
            entries[slot] = nil
        }
    }

    public func slot(of place: TopicPartition) -> Int? { slots[place] }

    /// Whether the assignment that gave the ticket still holds.
    public func isValid(_ ticket: RecordTicket) -> Bool { entries[ticket.slot] != nil }

    /// Takes up a record that was read; nil when its partition is not ours.
    public mutating func admit(slot: Int, offset: Int64) -> RecordTicket? {
        guard let sequence = entries[slot]?.progress.admit(offset: offset) else { return nil }
        return RecordTicket(slot: slot, sequence: sequence)
    }

    /// Marks records as done, their effects committed.
    public mutating func finish(_ tickets: some Sequence<RecordTicket>) {
        for ticket in tickets { entries[ticket.slot]?.progress.finish(ticket.sequence) }
    }

    /// The high-water marks that a transaction which does these records may write: one for each partition it moves.
    ///
    /// - Parameter tickets: of one partition in ascending order.
    public func watermarks(with tickets: [RecordTicket]) -> [(place: TopicPartition, offset: Int64)] {
        var marks: [(place: TopicPartition, offset: Int64)] = []
        var seen: [Int] = []
        for ticket in tickets where !seen.contains(ticket.slot) {
            seen.append(ticket.slot)
            guard let entry = entries[ticket.slot] else { continue }
            let mark = entry.progress.watermark(with: tickets.lazy.filter { $0.slot == ticket.slot }.map(\.sequence))
            if mark > entry.persisted { marks.append((entry.place, mark)) }
        }
        return marks.sorted { $0.place < $1.place }
    }

    /// Watermarks that the database does not have yet.
    public var unpersisted: [(place: TopicPartition, offset: Int64)] {
        entries.values.filter { $0.progress.watermark > $0.persisted }.map { ($0.place, $0.progress.watermark) }
            .sorted { $0.0 < $1.0 }
    }

    /// These marks were read in the database.
    public mutating func persisted(_ marks: [(place: TopicPartition, offset: Int64)]) {
        for mark in marks {
            guard let slot = slots[mark.place], let known = entries[slot]?.persisted else { continue }
            entries[slot]?.persisted = max(known, mark.offset)
        }
    }

    /// The marks that were read in the database last. One that is found lower later has lost commits.
    public var persistedMarks: [(place: TopicPartition, offset: Int64)] {
        entries.values.map { ($0.place, $0.persisted) }.sorted { $0.0 < $1.0 }
    }

    /// What the group is to be told: the database is never behind it.
    public var uncommitted: [(TopicPartition, Int64)] {
        entries.values.filter { $0.persisted > $0.committed }.map { ($0.place, $0.persisted) }.sorted { $0.0 < $1.0 }
    }

    public mutating func committed(_ offsets: [(TopicPartition, Int64)]) {
        for (place, offset) in offsets {
            guard let slot = slots[place], let known = entries[slot]?.committed else { continue }
            entries[slot]?.committed = max(known, offset)
        }
    }

    /// Up to where each partition is done.
    public var watermarks: [TopicPartition: Int64] {
        Dictionary(uniqueKeysWithValues: entries.values.map { ($0.place, $0.progress.watermark) })
    }

    /// The greatest distance between what was read and what is done, in offsets.
    public var widestGap: Int64 { entries.values.map(\.progress.gap).max() ?? 0 }
}
