import Realtime

/// What one loop has done and holds, as of its last second.
struct LoopSnapshot: Sendable {
    var counters = HubCounters()
    var clients: [ClientForm: Int] = [:]
    var channels = 0
    var subscriptions = 0
    var behind = 0
    var historyEvents = 0
    var historyBytes = 0
    /// Bytes of messages of which a part is still to come.
    var unfinishedBytes = 0
}
