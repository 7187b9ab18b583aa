/// Names one record in flight of one assignment. A ticket of an assignment that has ended is worth nothing.
public struct RecordTicket: Hashable, Sendable {
    /// Of the partition's assignment; never given twice.
    public let slot: Int
    public let sequence: Int

    public init(slot: Int, sequence: Int) {
        self.slot = slot
        self.sequence = sequence
    }
}
