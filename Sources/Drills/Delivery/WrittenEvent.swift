/// One committed row of the outbox table, as far as its delivery can be checked.
public struct WrittenEvent: Hashable, Sendable {
    public let id: String
    public let key: String
    /// Counts up for each key in commit order.
    public let sequence: Int

    public init(id: String, key: String, sequence: Int) {
        self.id = id
        self.key = key
        self.sequence = sequence
    }
}
