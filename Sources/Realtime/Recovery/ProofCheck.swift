/// Whether the topic that this instance reads is the one that a cursor speaks of. Offsets alone do not tell: a topic that was made
/// anew has the same ones.
enum ProofCheck {
    case holds
    /// The position has not been reached yet.
    case ahead
    case fails

    init(_ cursor: Cursor, ring: HistoryRing) {
        guard let proof = cursor.proof else {
            // Nothing had been read of a topic from its very beginning: there is nothing that could have been another.
            self = cursor.positions.entries.isEmpty ? .holds : .fails
            return
        }
        let position = cursor.positions[proof.partition]
        if position > ring.positions[proof.partition] {
            self = .ahead
        } else {
            self = ring.fingerprint(before: position, in: proof.partition) == proof.fingerprint ? .holds : .fails
        }
    }
}
