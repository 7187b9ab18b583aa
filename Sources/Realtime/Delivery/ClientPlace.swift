/// Where a client stands that is not live. There is no queue for it: it reads on from the history.
final class ClientPlace {
    /// What is left of a frame of which the connection took a part.
    enum Unsent {
        /// The event keeps the bytes; they are shared.
        case event(RealtimeEvent, from: Int)
        case bytes([UInt8], from: Int)
    }

    /// It came with a cursor, and the instance's order differs from what it has had.
    struct CatchUp {
        /// What it has, so far: goes on with each event that it is sent.
        var cursor: Cursor
        /// What it came with.
        let given: Positions
        /// It was sent an event with a cursor of its own.
        var hasSent = false
        /// While it is not, nothing may be sent.
        var isProven: Bool
        /// When the instance must have read as far; nil once it has.
        var deadline: Int64?

        init(cursor: Cursor, isProven: Bool, deadline: Int64?) {
            self.cursor = cursor
            given = cursor.positions
            self.isProven = isProven
            self.deadline = deadline
        }
    }

    /// It subscribed with a cursor: what it missed of the new channels comes first, then the answer.
    struct Backfill {
        let channels: [ChannelName]
        let after: Positions
        /// Where it stood; from there on everything is as usual.
        let until: Int64
        /// Its cursor there, in all frames until then: nothing of what it has otherwise moves.
        let cursor: String
        let id: RequestID?
    }

    /// It was too slow: of what it missed it gets the latest of each key.
    struct Coalescing {
        /// The latest of each key below `until`.
        var latest: [String: Int64] = [:]
        var until: Int64
    }

    /// The next event to look at. Everything below it has been sent, or did not concern it.
    var next: Int64
    /// The connection takes nothing until it says so.
    var isBlocked = false
    var unsent: Unsent?
    /// Answers that wait behind ``unsent``.
    var control: [UInt8] = []
    var catchUp: CatchUp?
    var backfill: Backfill?
    var coalescing: Coalescing?
    /// Bytes of the events that came for it since.
    var missedBytes = 0
    /// Since when it has been behind, or the arrival of the first event that waits for it.
    var oldest: Int64
    /// When it took something last.
    var progress: Int64
    var isReplaying = false
    /// It has been noted as over a limit.
    var isOverdue = false
    /// Its place among the hub's readers; -1: it is none.
    var readerIndex = -1
    /// When it is cut off if it has not taken its last bytes.
    var closeBy = Int64.max

    init(next: Int64, now: Int64) {
        self.next = next
        oldest = now
        progress = now
    }
}
