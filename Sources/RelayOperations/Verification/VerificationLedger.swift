/// Compares rows with records: rows are added, then every record of their topics is seen, partition by partition in the order of
/// offsets. Pure; its memory is bounded by the capacity that it is made with.
package struct VerificationLedger {
    /// What the table says about a row.
    package enum RowState: UInt8, Sendable {
        /// It has to be in its topic.
        case published
        /// It may be there: waiting, in flight, dead, or too young.
        case undecided
    }

    /// A record that carries an event id.
    package struct Record {
        let id: EventFingerprint
        /// Hash of the key.
        let key: UInt64
        /// Any number that tells topics and partitions apart.
        let partition: UInt32
        /// Marked as published again on purpose.
        let isRepeat: Bool

        package init(id: String, key: String, partition: UInt32, isRepeat: Bool = false) {
            self.init(
                id: EventFingerprint(id.utf8), key: EventFingerprint.hash(key.utf8), partition: partition, isRepeat: isRepeat)
        }

        init(id: EventFingerprint, key: UInt64, partition: UInt32, isRepeat: Bool) {
            self.id = id
            self.key = key
            self.partition = partition
            self.isRepeat = isRepeat
        }
    }

    package enum Sighting: Equatable, Sendable {
        /// The first, and in order.
        case fine
        case duplicate
        case repeatedOnPurpose
        /// No row that was added has this id.
        case unknown
        /// Behind an event of its key that was inserted later; `.certain` when both are of one transaction, or their transactions
        /// cannot have overlapped.
        case outOfOrder(certain: Bool, behind: Int64)
    }

    /// What an entry and its key may take together, in bytes.
    static let bytesPerEvent = 33 + 24 + 18

    private let capacity: Int
    private let longestTransaction: Int64
    private var index: HashIndex
    private var ids: [EventFingerprint] = []
    private var sequences: [Int64] = []
    private var times: [Int64] = []
    private var marks: [UInt8] = []
    private var keyIndex: HashIndex
    private var keys: [UInt64] = []
    private var latestSequence: [Int64] = []
    private var latestTime: [Int64] = []

    private static let seen: UInt8 = 0x80
    private static let unknownTime = Int64.min

    /// - Parameters:
    ///   - capacity: rows that fit.
    ///   - longestTransaction: µs; see `VerificationOptions`.
    package init(capacity: Int, longestTransaction: Int64) {
        self.capacity = capacity
        self.longestTransaction = longestTransaction
        index = HashIndex(capacity: capacity)
        keyIndex = HashIndex(capacity: capacity)
        // Reserved once: growing would need old and new at a time. What is not used is never touched.
        ids.reserveCapacity(capacity)
        sequences.reserveCapacity(capacity)
        times.reserveCapacity(capacity)
        marks.reserveCapacity(capacity)
        keys.reserveCapacity(capacity)
        latestSequence.reserveCapacity(capacity)
        latestTime.reserveCapacity(capacity)
    }

    package var count: Int { ids.count }

    /// False when it is full.
    ///
    /// - Parameters:
    ///   - sequence: insertion order; nil when the table does not tell.
    ///   - createdAt: Unix µs; the same for all rows of a transaction.
    package mutating func add(id: String, sequence: Int64?, createdAt: Int64?, state: RowState) -> Bool {
        add(EventFingerprint(id.utf8), sequence: sequence, createdAt: createdAt, state: state)
    }

    mutating func add(_ id: EventFingerprint, sequence: Int64?, createdAt: Int64?, state: RowState) -> Bool {
        let (entry, slot) = index.find(id.mixed) { ids[$0] == id }
        if entry != nil { return true }
        guard ids.count < capacity else { return false }
        index.fill(slot, with: ids.count)
        ids.append(id)
        sequences.append(sequence ?? -1)
        times.append(createdAt ?? Self.unknownTime)
        marks.append(state.rawValue)
        return true
    }

    package mutating func see(_ record: Record) -> Sighting {
        guard let entry = index.find(record.id.mixed, { ids[$0] == record.id }).entry else { return .unknown }
        let wasSeen = marks[entry] & Self.seen != 0
        marks[entry] |= Self.seen
        if record.isRepeat { return .repeatedOnPurpose }
        if wasSeen { return .duplicate }
        let sequence = sequences[entry]
        return sequence < 0 ? .fine : follow(record, sequence, times[entry])
    }

    /// Notes an event as the latest of its key, or finds that it comes too late.
    private mutating func follow(_ record: Record, _ sequence: Int64, _ time: Int64) -> Sighting {
        let key = EventFingerprint.mix(record.key ^ UInt64(record.partition) &* 0x9E37_79B9_7F4A_7C15)
        let (entry, slot) = keyIndex.find(key) { keys[$0] == key }
        guard let entry else {
            guard keys.count < capacity else { return .fine }
            keyIndex.fill(slot, with: keys.count)
            keys.append(key)
            latestSequence.append(sequence)
            latestTime.append(time)
            return .fine
        }
        guard sequence < latestSequence[entry] else {
            latestSequence[entry] = sequence
            latestTime[entry] = time
            return .fine
        }
        return .outOfOrder(certain: isCertain(time, ahead: latestTime[entry]), behind: latestSequence[entry])
    }

    /// Commit order is not insertion order: a transaction may insert first and commit last. It has to stay open for that from its
    /// beginning to behind the other one's.
    private func isCertain(_ late: Int64, ahead: Int64) -> Bool {
        guard late != Self.unknownTime, ahead != Self.unknownTime else { return false }
        return late == ahead || ahead - late > longestTransaction
    }

    /// Whether a row has to be in its topic and was not seen there. False for a row that was never added.
    func isMissing(_ id: EventFingerprint) -> Bool {
        guard let entry = index.find(id.mixed, { ids[$0] == id }).entry else { return false }
        return marks[entry] == RowState.published.rawValue
    }

    package func isMissing(id: String) -> Bool { isMissing(EventFingerprint(id.utf8)) }

    /// Rows that have to be there and were not seen.
    package var missingCount: Int { marks.count { $0 == RowState.published.rawValue } }

    mutating func removeAll() {
        index.removeAll()
        keyIndex.removeAll()
        ids.removeAll(keepingCapacity: true)
        sequences.removeAll(keepingCapacity: true)
        times.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        latestSequence.removeAll(keepingCapacity: true)
        latestTime.removeAll(keepingCapacity: true)
    }
}
