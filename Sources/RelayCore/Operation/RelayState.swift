public import ByteCoding
import ServiceRuntime
import Synchronization

/// What the relay's threads publish about themselves for health, status and metrics. Every thread writes its own fields.
public final class RelayState: Sendable {
    public struct Fields: Sendable {
        public var phase = RelayPhase.starting
        /// Monotonic ns of the last change of phase.
        public var phaseSince: Int64 = 0
        /// The last thing that kept events from flowing; empty when none did.
        public var lastProblem = ""
        public var server = ""
        public var serverVersion = 0
        public var lastFrameAt: Int64?
        public var isThrottled = false
        public var confirmed = LSN.zero
        public var received = LSN.zero
        public var openEvents = 0
        public var openBytes = 0
        public var finishedEvents: UInt64 = 0
        public var streams = 0
        public var snapshotRows: UInt64 = 0
        public var slotActivePID: Int32?
        public var retainedWALBytes: Int64?
        public var safeWALBytes: Int64?
        /// Why events are polled instead of streamed; empty while they are streamed.
        public var modeReason = ""
        public var walStatus = ""
        /// Retained WAL as a share of its limit; nil without one.
        public var walShare: Double?
        /// Seconds until the limit at the present rate; nil when it does not grow.
        public var walSecondsToFull: Double?
        public var syncState = ""
        public var pendingRows: Int64?
        public var brokerAnsweredAt: Int64?
        public var oldestOpenedAt: Int64?
        public var oldestAwaitsBookkeeping = false
        public var bookkeepingFails = false
        /// Polling: when a claim last got everything there was, monotonic ns.
        public var pollingCaughtUpAt: Int64?
        /// Polling: when the table was last looked at with success, monotonic ns.
        public var pollingRoundAt: Int64?
        /// Polling: time between two looks while nothing happens, ns.
        public var pollingInterval: Int64 = 0
        /// Polling: hash shards of the keys that this publisher owns, of how many; nil in other modes.
        public var shardsOwned: Int?
        public var shards = 0
        /// Polling: publishers at work on this table, this one included.
        public var publishers = 0
    }

    private let fields = Mutex(Fields())
    private let turn = Atomic<Int64>(0)

    public init() { fields.withLock { $0.phaseSince = MonotonicTime.now() } }

    public func update(_ change: (inout Fields) -> Void) { fields.withLock { change(&$0) } }

    public var snapshot: Fields { fields.withLock { $0 } }

    /// The replication thread is alive; monotonic ns.
    public func turned(at now: Int64) { turn.store(now, ordering: .relaxed) }

    public var lastTurn: Int64 { turn.load(ordering: .relaxed) }

    public func enter(_ phase: RelayPhase) {
        fields.withLock { fields in
            guard fields.phase != phase else { return }
            fields.phase = phase
            fields.phaseSince = MonotonicTime.now()
        }
    }

    /// See `HealthPolicy`; `now` in monotonic ns.
    public func observation() -> HealthPolicy.Observation {
        let seen = snapshot
        return HealthPolicy.Observation(
            phase: seen.phase, lastFrameAt: seen.lastFrameAt, isThrottled: seen.isThrottled, oldestOpenedAt: seen.oldestOpenedAt,
            oldestAwaitsBookkeeping: seen.oldestAwaitsBookkeeping, bookkeepingFails: seen.bookkeepingFails,
            brokerAnsweredAt: seen.brokerAnsweredAt, lastRoundAt: seen.pollingRoundAt, roundInterval: seen.pollingInterval)
    }
}
