/// A half-open span of time, open-ended where a bound is nil; Unix time in µs.
public struct TimeRange: Equatable, Sendable {
    public var since: Int64?
    public var until: Int64?

    public init(since: Int64? = nil, until: Int64? = nil) {
        self.since = since
        self.until = until
    }

    /// Reads `--since` and `--until`. Throws a sentence about a time that cannot be read, or a range without time in it.
    ///
    /// - Parameter now: what relative times count from.
    public init(since: String?, until: String?, now: Int64) throws(OperationError) {
        func read(_ text: String?, _ option: String) throws(OperationError) -> Int64? {
            guard let text else { return nil }
            guard let time = TimePoint.parse(text, now: now) else {
                throw OperationError(
                    "--\(option) needs a time such as 2026-01-02T03:04:05Z, or how long ago, such as 30m, 2h or 7d")
            }
            return time
        }
        self.since = try read(since, "since")
        self.until = try read(until, "until")
        if let since = self.since, let until = self.until, since >= until {
            throw OperationError("--since, \(TimePoint.text(since)), is not before --until, \(TimePoint.text(until))")
        }
    }

    public var isOpen: Bool { since == nil && until == nil }

    /// A time that is not known is in no range but the open one.
    public func contains(_ time: Int64?) -> Bool {
        guard !isOpen else { return true }
        guard let time else { return false }
        return time >= since ?? .min && time < until ?? .max
    }

    /// "since 2026-... until 2026-...", with a blank before it; empty for the open one.
    var words: String {
        (since.map { " since \(TimePoint.text($0))" } ?? "") + (until.map { " until \(TimePoint.text($0))" } ?? "")
    }
}
