/// The latest events of the topic in the order in which this instance read them, for clients that come back or fell behind.
///
/// Bounded by count, bytes and age. For each partition it knows which offsets it covers, holes and skipped records included, so that
/// it can tell whether somebody's position can be served completely. Not thread-safe: each loop has its own, of shared events.
public struct HistoryRing {
    public struct Limits: Sendable {
        public var events: Int
        public var bytes: Int
        /// Milliseconds since the event came in.
        public var age: Int64

        public init(events: Int, bytes: Int, age: Int64) {
            self.events = events
            self.bytes = bytes
            self.age = age
        }
    }

    struct Slot {
        let event: RealtimeEvent
        /// When it came in, in milliseconds.
        let arrival: Int64
        /// The event's, here because it is looked at for every reader.
        let mask: UInt64
    }

    private let limits: Limits
    private var slots = RingBuffer<Slot>()
    private var partitions: [Int32: PartitionHistory] = [:]
    /// The sequence number of the first event that is held, or of the next one to come.
    public private(set) var first: Int64 = 0
    /// Bytes of the events held.
    public private(set) var bytes = 0
    /// Up to where the topic has been read.
    public private(set) var positions = Positions()
    /// The event before ``first``, for the cursor of somebody who stands there.
    private(set) var lastEvicted: RealtimeEvent?
    /// Where the reading began: the cursor of somebody who stands before every event.
    private(set) var origin = Positions()

    public init(limits: Limits) { self.limits = limits }

    /// The sequence number of the next event to come.
    public var end: Int64 { first + Int64(slots.count) }
    public var count: Int { slots.count }

    /// Forgets everything: reading begins at these positions, and the next event has this sequence number.
    public mutating func restart(at positions: Positions, sequence: Int64) {
        slots.removeAll()
        partitions = [:]
        for entry in positions.entries { partitions[entry.partition] = PartitionHistory(at: entry.next) }
        first = sequence
        bytes = 0
        self.positions = positions
        origin = positions
        lastEvicted = nil
    }

    /// Takes the next event in; its sequence number must be ``end``.
    /// - Parameter kept: events from this number on stay, whatever the limits are.
    public mutating func append(_ event: RealtimeEvent, now: Int64, keeping kept: Int64 = .max) {
        precondition(event.sequence == end)
        slots.append(Slot(event: event, arrival: now, mask: event.channelMask))
        bytes += event.cost
        partitions[event.partition, default: PartitionHistory()].append(
            .init(offset: event.offset, sequence: event.sequence, fingerprint: event.fingerprint))
        positions[event.partition] = max(positions[event.partition], event.offset + 1)
        while first < kept, slots.count > limits.events || (bytes > limits.bytes && slots.count > 1) { evictFirst() }
    }

    /// Records up to these positions have been read and hold no further event.
    public mutating func advance(to positions: Positions) {
        for entry in positions.entries where self.positions[entry.partition] < entry.next {
            partitions[entry.partition, default: PartitionHistory()].advance(to: entry.next)
            self.positions[entry.partition] = entry.next
        }
    }

    /// Drops what is too old.
    public mutating func expire(now: Int64, keeping kept: Int64 = .max) {
        while first < kept, let slot = slots.first, slot.arrival <= now - limits.age { evictFirst() }
    }

    private mutating func evictFirst() {
        guard let slot = slots.popFirst() else { return }
        bytes -= slot.event.cost
        partitions[slot.event.partition]?.evictFirst()
        lastEvicted = slot.event
        first += 1
    }

    // MARK: Looking

    func slot(_ sequence: Int64) -> Slot { slots[Int(sequence - first)] }

    /// The event before this sequence number, as far as it is known still.
    func event(before sequence: Int64) -> RealtimeEvent? {
        if sequence == first { return lastEvicted }
        return sequence > first && sequence <= end ? slot(sequence - 1).event : nil
    }

    /// Which offsets of a partition can be served; an unknown partition begins at 0.
    public func coverage(of partition: Int32) -> Range<Int64> {
        let history = partitions[partition] ?? PartitionHistory()
        return history.start..<history.next
    }

    /// The partitions that have been read from.
    var knownPartitions: some Collection<Int32> { partitions.keys }

    /// The first event that somebody with these positions has not had; ``end`` when there is none.
    func sequence(from wanted: Positions) -> Int64 {
        var sequence = end
        for (partition, history) in partitions {
            if let found = history.sequence(from: wanted[partition]) { sequence = min(sequence, found) }
        }
        return sequence
    }

    /// Of the last event of the partition below this offset; nil when it is not known.
    public func fingerprint(before offset: Int64, in partition: Int32) -> UInt32? {
        partitions[partition]?.fingerprint(before: offset)
    }
}
