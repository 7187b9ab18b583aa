package import ByteCoding

/// When to write a logical message, so that a slot whose position stands still moves with the rest of the cluster. Pure.
///
/// Keepalives confirm an idle slot already; the message is for setups where they do not help, such as a database whose WAL all
/// comes from elsewhere behind a proxy that swallows them.
package struct Heartbeat: Sendable {
    /// 0 is never.
    package let intervalMilliseconds: Int64
    private var confirmed = LSN.zero
    /// Monotonic ns of the last message, or of the last progress.
    private var since: Int64?

    package init(intervalMilliseconds: Int64) { self.intervalMilliseconds = intervalMilliseconds }

    /// - Parameter now: monotonic ns.
    package mutating func isDue(at now: Int64, confirmed: LSN) -> Bool {
        guard intervalMilliseconds > 0 else { return false }
        if confirmed != self.confirmed || since == nil {
            self.confirmed = confirmed
            since = now
            return false
        }
        guard let since, now - since >= intervalMilliseconds * 1_000_000 else { return false }
        self.since = now
        return true
    }
}
