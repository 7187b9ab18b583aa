/// Whether events flow from commit to acknowledgement now (promise P8). Pure: times are the caller's, in nanoseconds.
public enum HealthPolicy {
    /// What the threads of the relay last saw.
    public struct Observation: Equatable, Sendable {
        public var phase: RelayPhase
        /// The server's last frame; nil while not streaming.
        public var lastFrameAt: Int64?
        /// Whether the socket is left unread on purpose because Kafka is behind.
        public var isThrottled: Bool
        /// When the oldest unfinished unit was opened.
        public var oldestOpenedAt: Int64?
        /// Whether that unit waits for its bookkeeping only.
        public var oldestAwaitsBookkeeping: Bool
        /// The last attempt to write marks or the checkpoint failed.
        public var bookkeepingFails: Bool
        /// The last time a broker answered.
        public var brokerAnsweredAt: Int64?
        /// The polling mode's last successful look at the table.
        public var lastRoundAt: Int64?
        /// How far apart such looks are while nothing happens, in ns.
        public var roundInterval: Int64

        public init(
            phase: RelayPhase, lastFrameAt: Int64? = nil, isThrottled: Bool = false, oldestOpenedAt: Int64? = nil,
            oldestAwaitsBookkeeping: Bool = false, bookkeepingFails: Bool = false, brokerAnsweredAt: Int64? = nil,
            lastRoundAt: Int64? = nil, roundInterval: Int64 = 0
        ) {
            self.phase = phase
            self.lastFrameAt = lastFrameAt
            self.isThrottled = isThrottled
            self.oldestOpenedAt = oldestOpenedAt
            self.oldestAwaitsBookkeeping = oldestAwaitsBookkeeping
            self.bookkeepingFails = bookkeepingFails
            self.brokerAnsweredAt = brokerAnsweredAt
            self.lastRoundAt = lastRoundAt
            self.roundInterval = roundInterval
        }
    }

    /// The reasons why events do not flow; none means ready.
    public static func reasons(_ seen: Observation, now: Int64, stallAfter: Int64) -> [String] {
        guard seen.phase == .streaming || seen.phase == .polling else { return [seen.phase.reason] }
        var reasons: [String] = []
        if seen.brokerAnsweredAt.map({ now - $0 > stallAfter }) ?? true {
            reasons.append("no Kafka broker answers")
        }
        if let opened = seen.oldestOpenedAt, now - opened > stallAfter {
            reasons.append(
                seen.oldestAwaitsBookkeeping
                    ? "the bookkeeping of published rows does not go through" : "events are not acknowledged by Kafka")
        }
        if seen.bookkeepingFails, reasons.isEmpty { reasons.append("the bookkeeping of published rows does not go through") }
        if seen.phase == .polling {
            if seen.oldestOpenedAt == nil, seen.lastRoundAt.map({ now - $0 > stallAfter + seen.roundInterval }) ?? true {
                reasons.append("the table cannot be polled")
            }
            return reasons
        }
        if !seen.isThrottled, seen.lastFrameAt.map({ now - $0 > stallAfter }) ?? true {
            reasons.append("the replication stream is silent")
        }
        return reasons
    }
}

/// Where in its life the relay is.
public enum RelayPhase: String, Sendable, CaseIterable {
    case starting
    case connecting
    /// Another instance streams from the slot.
    case standby
    /// The first start publishes the table's rows.
    case snapshot
    case streaming
    /// The table's rows are claimed, published and marked; no slot is used.
    case polling
    case draining
    case stopped

    /// Why events do not flow in this phase.
    public var reason: String {
        switch self {
        case .starting: "the relay is starting"
        case .connecting: "there is no connection to PostgreSQL"
        case .standby: "another instance streams from the slot"
        case .snapshot: "the first snapshot is being published"
        case .streaming, .polling: "events flow"
        case .draining: "the relay is shutting down"
        case .stopped: "the relay has stopped"
        }
    }
}
