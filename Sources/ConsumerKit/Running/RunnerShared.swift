internal import Kafka
internal import PostgresClient
internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// What the threads of one consumer share. Every member is safe on every thread.
final class RunnerShared: Sendable {
    struct Status: Sendable {
        var state = ConsumerState.starting
        var reason = ""
        var applied = 0
        var duplicates = 0
        var skipped = 0
        var deadLetters = 0
        var openDeadLetters: Int64?
        var parked: Int64?
        var ends: [TopicPartition: Int64] = [:]
        var lagSeconds: Double?
        /// Record time of what was done last, in ms since 1970.
        var lastDoneTime: Int64?
        var outcome: ConsumerOutcome?
        /// The last thing that kept events from being applied.
        var lastProblem = ""
        /// Why the keeper's last look at Postgres or Kafka failed; nil when it did not.
        var databaseProblem: String?
        var brokerProblem: String?
    }

    let consumer: any EventConsumer
    let definition: ConsumerDefinition
    let settings: ConsumerKitSettings
    let metrics: ConsumerMetrics
    let logger: Logger
    let breakers: BreakerBoard
    let letters: LetterBox
    let days = InboxDays()
    let queues: [LaneQueue]
    /// Ends waits for Postgres when the time for draining is over.
    let hardStop: StopSignal
    /// Ends the poll thread's wait for records; nil before it is a member of the group.
    let groupWaker = Mutex<GroupWaker?>(nil)
    /// Signalled when a lane has done something that the poll thread may wait for.
    let progressed: EventFD

    let ledger = Mutex(AssignmentLedger())
    let flood: Mutex<FloodGuard>
    let status = Mutex(Status())
    /// Lanes put down what they have, after the transaction that runs.
    let isYielding = Atomic<Bool>(false)
    let isStopping = Atomic<Bool>(false)
    let isHalted = Atomic<Bool>(false)
    /// The lanes' sessions with Postgres, which live and die together.
    let sessions: LaneSessions
    /// Rises with every revocation: what was taken before has to be looked through.
    let generation = Atomic<Int>(0)
    /// When each lane, and the poll thread (the last), moved last; monotonic ns.
    let turns: Mutex<[Int64]>

    init(
        consumer: any EventConsumer, settings: ConsumerKitSettings, registry: MetricRegistry, logger: Logger
    ) throws(SystemError) {
        let definition = consumer.definition
        self.consumer = consumer
        self.definition = definition
        self.settings = settings
        self.logger = logger
        metrics = ConsumerMetrics(registry, consumer: definition.name)
        breakers = BreakerBoard(
            dependencies: definition.dependencies, settings: settings.breaker, metrics: metrics, logger: logger)
        letters = LetterBox(definition, settings: settings, logger: logger)
        var queues: [LaneQueue] = []
        for _ in 0..<max(1, settings.lanes) { queues.append(try LaneQueue()) }
        self.queues = queues
        hardStop = try StopSignal()
        progressed = try EventFD()
        flood = Mutex(FloodGuard(settings.flood))
        sessions = LaneSessions(lanes: queues.count)
        turns = Mutex(Array(repeating: MonotonicTime.now(), count: queues.count + 1))
    }

    var group: String { settings.group ?? definition.group }

    var load: (records: Int, bytes: Int) {
        queues.reduce((0, 0)) { sum, queue in
            let load = queue.load
            return (sum.0 + load.records, sum.1 + load.bytes)
        }
    }

    func turned(_ thread: Int) {
        let now = MonotonicTime.now()
        turns.withLock { $0[thread] = now }
    }

    func enter(_ state: ConsumerState, reason: String = "") {
        status.withLock { status in
            // Who has halted says so to the end.
            if status.state == .halted, state == .running || state == .waiting { return }
            status.state = state
            status.reason = reason
        }
    }

    /// Too many bad events: nothing is applied any more.
    func halt(reason: String) {
        guard !isHalted.exchange(true, ordering: .acquiringAndReleasing) else { return }
        enter(.halted, reason: reason)
        logger.error("the consumer halts: too many bad events", [.name: .string(definition.name), .reason: .string(reason)])
        wakeAll()
    }

    func wakeAll() {
        groupWaker.withLock { $0?.wake() }
        for queue in queues { queue.wake() }
        progressed.signal()
    }

    /// Whether lanes may begin a transaction.
    var mayWork: Bool {
        !isYielding.load(ordering: .acquiring) && !isStopping.load(ordering: .acquiring) && !isHalted.load(ordering: .acquiring)
            && !sessions.isLost
    }

    /// A session with Postgres ended: lanes stop, and the poll thread begins again from what the database has.
    func loseSessions() {
        guard sessions.lose() else { return }
        logger.warning(
            "a session with Postgres ended; reading on from what the database has", [.name: .string(definition.name)])
        wakeAll()
    }
}
