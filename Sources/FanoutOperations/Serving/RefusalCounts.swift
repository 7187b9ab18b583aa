import RealtimeAccess
import Synchronization

/// How often clients were turned away before they were connected.
final class RefusalCounts: Sendable {
    struct Counts: Sendable {
        var statuses: [Int: Int] = [:]
        var tokens: [TokenRefusal.Reason: Int] = [:]
    }

    private let counts = Mutex(Counts())

    var all: Counts { counts.withLock { $0 } }

    func count(status: Int) { counts.withLock { $0.statuses[status, default: 0] += 1 } }
    func count(_ reason: TokenRefusal.Reason) { counts.withLock { $0.tokens[reason, default: 0] += 1 } }
}
