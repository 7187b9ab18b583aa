/// Which transactions had ended when PostgreSQL took a snapshot: the text of pg_current_snapshot(), `xmin:xmax:xip,xip`. Pure.
///
/// Needed because the stream is ahead of everybody else's view. A commit is in the WAL, and so with us, a moment before its backend
/// leaves the list of running transactions; with synchronous replication it stays there until the standby has answered. Until then
/// no other session sees the rows, and an UPDATE of them finds nothing without an error.
struct TransactionSnapshot: Equatable {
    /// Every transaction from here on had not ended.
    private let end: UInt64
    /// Those before `end` that had not ended either.
    private let running: Set<UInt32>

    /// nil when the text is not a snapshot.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let end = UInt64(parts[1]) else { return nil }
        var running: Set<UInt32> = []
        for word in parts[2].split(separator: ",") {
            guard let id = UInt64(word) else { return nil }
            running.insert(UInt32(truncatingIfNeeded: id))
        }
        self.end = end
        self.running = running
    }

    /// Whether the transaction with this id (as in the stream: without its epoch) had ended, so that its rows are visible.
    func hasEnded(_ id: UInt32) -> Bool {
        // Ids are compared on their circle, as PostgreSQL does: those within 2^31 before `end` are its past.
        Int32(bitPattern: UInt32(truncatingIfNeeded: end) &- id) > 0 && !running.contains(id)
    }
}
