/// What the ring knows of one partition: it covers the offsets `start..<next`, whether or not there is an event at each.
struct PartitionHistory {
    struct Mark {
        let offset: Int64
        let sequence: Int64
        let fingerprint: UInt32
    }

    private(set) var start: Int64 = 0
    private(set) var next: Int64 = 0
    /// The events that are in the ring.
    private var marks = RingBuffer<Mark>()
    /// Of the last event below ``start``; nil when none was seen.
    private var fingerprintBefore: UInt32?

    init() {}

    init(at offset: Int64) {
        start = offset
        next = offset
    }

    mutating func append(_ mark: Mark) {
        marks.append(mark)
        next = max(next, mark.offset + 1)
    }

    /// Records up to here hold no event for anybody.
    mutating func advance(to offset: Int64) { next = max(next, offset) }

    mutating func evictFirst() {
        guard let mark = marks.popFirst() else { return }
        start = mark.offset + 1
        fingerprintBefore = mark.fingerprint
    }

    /// The sequence number of the first event that is not below `offset`; nil when there is none yet.
    func sequence(from offset: Int64) -> Int64? {
        let index = marks.partitioningIndex { $0.offset < offset }
        return index < marks.count ? marks[index].sequence : nil
    }

    /// Of the last event below `offset`, which must be covered or the next one to come; nil when no such event is known.
    func fingerprint(before offset: Int64) -> UInt32? {
        guard offset >= start, offset <= next else { return nil }
        let index = marks.partitioningIndex { $0.offset < offset }
        return index > 0 ? marks[index - 1].fingerprint : fingerprintBefore
    }
}
