/// What somebody with a cursor can be given. Pure.
public enum ResumePlan: Sendable, Equatable {
    /// Everything from this sequence number on that is not below the cursor.
    case replay(from: Int64)
    /// The same, but this instance has not read as far as the cursor in every partition. Until the cursor is `proven`, nothing may be
    /// sent.
    case ahead(from: Int64, isProven: Bool)
    case reset(ResetReason)

    public init(_ cursor: Cursor, epoch: UInt32, ring: HistoryRing) {
        guard cursor.epoch == epoch else {
            self = .reset(.otherTopic)
            return
        }
        for partition in ring.knownPartitions where cursor.positions[partition] < ring.coverage(of: partition).lowerBound {
            self = .reset(.tooOld)
            return
        }
        let from = ring.sequence(from: cursor.positions)
        let isReached = ring.positions.covers(cursor.positions)
        switch ProofCheck(cursor, ring: ring) {
        case .holds: self = isReached ? .replay(from: from) : .ahead(from: from, isProven: true)
        case .ahead: self = .ahead(from: from, isProven: false)
        case .fails: self = .reset(.unproven)
        }
    }
}
