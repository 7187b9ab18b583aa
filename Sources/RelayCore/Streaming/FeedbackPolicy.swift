public import ByteCoding
public import PostgresReplication

/// When a status update is sent and what it says (protocol.md 1.4 to 1.7). Pure: times are the caller's, in nanoseconds.
///
/// Feedback never depends on Kafka: it is due at the interval at the latest, also while the socket is not read.
public struct FeedbackPolicy {
    /// At the latest after this long, whatever happens.
    private let interval: Int64
    /// Silence of the server after which a keepalive is asked for.
    private let probeAfter: Int64

    /// Highest position the server has sent us.
    private var written: LSN
    /// Position that may be confirmed; 0/0 until there is one.
    private var flushed: LSN
    private var lastSentFlush = LSN.zero
    private var lastSentAt: Int64
    private var lastFrameAt: Int64
    private var lastProbeAt: Int64
    private var lastKeepalive = LSN.zero
    private var isReplyDue = false

    /// - Parameters:
    ///   - interval: nanoseconds; the smaller of 10 s and a third of the server's wal_sender_timeout.
    ///   - start: the position the stream was asked from.
    public init(interval: Int64, probeAfter: Int64, start: LSN, now: Int64) {
        self.interval = interval
        self.probeAfter = probeAfter
        written = start
        flushed = .zero
        lastSentAt = now
        lastFrameAt = now
        lastProbeAt = now
    }

    public mutating func frameReceived(at now: Int64) { lastFrameAt = now }

    public mutating func transactionReceived(endLSN: LSN) { written = max(written, endLSN) }

    public mutating func keepaliveReceived(end: LSN, replyRequested: Bool) {
        written = max(written, end)
        lastKeepalive = end
        if replyRequested { isReplyDue = true }
    }

    /// Never goes back: a lower flush is ignored by current servers, older minors moved the slot backwards.
    public mutating func confirmable(_ lsn: LSN) { flushed = max(flushed, lsn) }

    /// Nanoseconds since the server's last frame.
    public func silence(at now: Int64) -> Int64 { now - lastFrameAt }

    /// The next moment at which `next` may have something to send without an event in between.
    public var nextDeadline: Int64 { min(lastSentAt + interval, max(lastFrameAt, lastProbeAt) + probeAfter) }

    /// The update due now, or nil.
    ///
    /// A server that shuts down asks for a reply and waits until we have flushed all it sent. While something is open that
    /// would hold up its stop, and an answer with the old flush only provokes the next question, thousands a second. Then the
    /// answer is write = its position, flush and apply = 0/0, "no change": the server ends at once and nothing is confirmed.
    public mutating func next(at now: Int64) -> StandbyStatusUpdate? {
        let isProbeDue = now - max(lastFrameAt, lastProbeAt) >= probeAfter
        guard isReplyDue || flushed > lastSentFlush || isProbeDue || now - lastSentAt >= interval else { return nil }
        let isBehind = isReplyDue && flushed < lastKeepalive
        isReplyDue = false
        lastSentAt = now
        if isProbeDue { lastProbeAt = now }
        if isBehind {
            return StandbyStatusUpdate(write: max(written, lastKeepalive), flush: .zero, apply: .zero, replyRequested: false)
        }
        lastSentFlush = flushed
        return StandbyStatusUpdate(
            write: max(written, flushed), flush: flushed, apply: flushed, replyRequested: isProbeDue)
    }
}
