import Synchronization

/// How long a server asked to be left alone (Retry-After), for all lanes: asking it again any sooner would only keep it busy.
final class RestPeriod: Sendable {
    /// A server cannot stop us for longer than this by one answer.
    private static let longest: Int64 = 300_000
    private let end = Mutex<Int64>(0)

    /// Times in milliseconds of one clock.
    func isOver(now: Int64) -> Bool { end.withLock { now >= $0 } }

    func begin(milliseconds: Int64, now: Int64) {
        end.withLock { $0 = max($0, now + min(milliseconds, Self.longest)) }
    }
}
