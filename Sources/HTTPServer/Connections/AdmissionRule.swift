/// What becomes of a connection that was accepted: the decision, and the counts it rests on, of a whole server.
struct AdmissionRule: Sendable, Hashable {
    enum Verdict: Sendable, Hashable {
        /// Its requests are answered.
        case serve
        /// Its first request is answered with 503 and Retry-After, then it is closed.
        case refuse
        /// It is closed at once.
        case drop
    }

    private let limit: Int
    private let refusedAtOnce: Int
    private let waitsWhenFull: Bool
    private var bucket: TokenBucket?
    private(set) var served = 0
    private(set) var refused = 0

    /// - Parameter now: nanoseconds of the monotonic clock.
    init(limits: HTTPLimits, now: Int64) {
        limit = limits.connections
        refusedAtOnce = limits.refusedAtOnce
        waitsWhenFull = limits.whenFull == .wait
        if limits.acceptsPerSecond > 0 {
            bucket = TokenBucket(perSecond: limits.acceptsPerSecond, burst: limits.acceptBurst, now: now)
        }
    }

    /// Whether the listeners should let clients wait in the kernel's backlog.
    var isFull: Bool {
        waitsWhenFull && served >= limit
    }

    /// Whether the end of connections that nobody has noticed yet would change a verdict.
    var isTight: Bool {
        served + 1 >= limit || refused > 0 && refused + 1 >= refusedAtOnce
    }

    /// - Parameter canRefuse: false where an answer would cost what the limits protect, such as a TLS handshake.
    mutating func admit(now: Int64, canRefuse: Bool) -> Verdict {
        let isTooFast = bucket?.take(now: now) == false
        // With several loops a listener may have accepted while another took the last place: this client is let in.
        if !isTooFast, waitsWhenFull || served < limit {
            served += 1
            return .serve
        }
        guard canRefuse, refused < refusedAtOnce else { return .drop }
        refused += 1
        return .refuse
    }

    /// A connection of this verdict has ended.
    mutating func ended(_ verdict: Verdict) {
        switch verdict {
        case .serve: served -= 1
        case .refuse: refused -= 1
        case .drop: break
        }
    }
}
