internal import Synchronization

/// The sessions that the lanes of a consumer have with Postgres, as one thing.
///
/// What a lane has committed is known here only by its own word. When a server is lost and another takes its place (a standby that
/// was behind, a crash with synchronous_commit off), the last commits can be gone, those of one lane as well as those of another: then
/// nobody's word counts, and a high-water mark moved by it would skip events for ever. So the sessions are opened together, before
/// the first batch, and when one of them ends all of them do: the partitions begin again from the marks in the database, and the inbox
/// knows what of it was applied.
///
/// Every member is safe on every thread.
final class LaneSessions: Sendable {
    private struct State {
        /// Rises with every new beginning; 0 before the first.
        var round = 0
        var opened: Set<Int> = []
        var isLost = false
    }

    private let lanes: Int
    private let state = Mutex(State())

    init(lanes: Int) { self.lanes = lanes }

    /// Which round's sessions are wanted; 0: none yet.
    var round: Int { state.withLock { $0.round } }

    var isLost: Bool { state.withLock { $0.isLost } }

    /// Whether every lane has its session, so that work may begin.
    var isComplete: Bool { state.withLock { $0.opened.count == lanes } }

    /// Whether lanes are to open sessions and have not all done so.
    var isOpening: Bool { state.withLock { $0.round > 0 && ($0.isLost || $0.opened.count < lanes) } }

    /// A lane has opened its session; returns whether it was the last one.
    func opened(_ lane: Int, round: Int) -> Bool {
        state.withLock { state in
            guard state.round == round else { return false }
            state.opened.insert(lane)
            return state.opened.count == lanes
        }
    }

    /// A session ended. False when that was known.
    func lose() -> Bool {
        state.withLock { state in
            guard !state.isLost, state.round > 0 else { return false }
            state.isLost = true
            return true
        }
    }

    /// All lanes are to open new sessions, because partitions begin from marks that were just read.
    func begin() {
        state.withLock { state in
            guard state.round == 0 || state.isLost else { return }
            state.round += 1
            state.opened = []
            state.isLost = false
        }
    }
}
