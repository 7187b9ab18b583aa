/// How far back a topic tells: rows before it cannot be expected in the topic any more. Pure.
package struct TopicHorizon: Equatable, Sendable {
    /// Rows created before this, Unix µs, may have been deleted by retention; nil when everything is still there.
    package let time: Int64?

    /// - Parameters:
    ///   - oldest: the oldest record's time of every partition that has lost records, ms; nil for one that holds none any more.
    ///   - retentionMilliseconds: retention.ms; negative for no limit; nil when it is not known.
    ///   - retentionBytes: retention.bytes; negative for no limit; nil when it is not known.
    ///   - isCompacted: the topic keeps only each key's latest record.
    ///   - now: Unix µs.
    package init(
        oldest: [Int64?], retentionMilliseconds: Int64?, retentionBytes: Int64?, isCompacted: Bool, now: Int64
    ) {
        if isCompacted {
            time = .max
        } else if oldest.isEmpty {
            time = nil
        } else {
            let remaining = oldest.map { $0.map { $0 * 1_000 } ?? now }.max() ?? now
            switch (retentionMilliseconds, retentionBytes) {
            case (let milliseconds?, let bytes?) where bytes < 0:
                // Retention by time alone: what is younger than that was deleted by somebody, and is missing.
                time = milliseconds < 0 ? nil : min(remaining, now - min(milliseconds, Int64.max / 2_000) * 1_000)
            default: time = remaining
            }
        }
    }

    package func covers(_ createdAt: Int64?) -> Bool {
        guard let time else { return true }
        guard let createdAt else { return false }
        return createdAt >= time
    }
}
