internal import Kafka
internal import PostgresClient
internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// The thread that is the member of the group: it never stops polling, hands records to the lanes, answers rebalances and commits
/// offsets.
final class PollLoop {
    private static let pollMilliseconds = 100
    /// What one burst may add before the load is looked at again.
    private static let burstRecords = 512
    private static let burstBytes = 4 << 20

    let shared: RunnerShared
    let positions: PositionStore
    private(set) var group: GroupConsumer
    private var patience: GroupPatience
    private let plan: LanePlan
    private var flow: FlowControl
    private var slots: [TopicPartition: Int] = [:]
    /// Given by the group, but their starts could not be found out yet.
    private var pending: [TopicPartition] = []
    private var retryAt: Int64 = 0
    private var nextCommit: Int64 = 0
    private var isPaused = false
    private var isMemoryFull = false
    private var hasBeenAssigned = false
    private var fatal: KafkaError?
    private var isTroubleReported = false

    init(_ shared: RunnerShared, _ positions: PositionStore) throws(KafkaError) {
        self.shared = shared
        self.positions = positions
        plan = LanePlan(lanes: shared.queues.count)
        flow = FlowControl(shared.settings.queue)
        group = try Self.join(shared)
        patience = GroupPatience(limit: Self.patience(of: group), now: MonotonicTime.now() / 1_000_000)
    }

    private static func join(_ shared: RunnerShared) throws(KafkaError) -> GroupConsumer {
        let group = try GroupConsumer(
            properties: shared.settings.kafka, group: shared.group, topics: shared.definition.topics,
            instance: shared.settings.groupInstance, logger: shared.logger)
        let waker = group.waker
        shared.groupWaker.withLock { $0 = waker }
        return group
    }

    /// Longer than any rebalance: members are waited for while they join, and the leader while it divides.
    private static func patience(of group: GroupConsumer) -> Int64 { 2 * group.maximumPollMilliseconds + 10_000 }

    /// Until the consumer is asked to stop; then finishes what runs. Returns why it had to end by itself, nil when it was asked.
    func run() -> String? {
        while !shared.isStopping.load(ordering: .acquiring), fatal == nil {
            shared.turned(shared.queues.count)
            steer()
            if shared.sessions.isLost, !slots.isEmpty || pending.isEmpty { beginAgain() }
            if !pending.isEmpty, nowMilliseconds() >= retryAt { assign(pending) }
            let isReachable = shared.status.withLock { $0.brokerProblem == nil }
            if patience.isOver(now: nowMilliseconds(), isReachable: isReachable) { joinAnew() }
            if nowMilliseconds() >= nextCommit { settle(isSynchronous: false) }
            let load = shared.load
            switch flow.decide(records: load.records, bytes: load.bytes, now: nowMilliseconds()) {
            case .brake:
                shared.progressed.drain()
                _ = try? waitReadable([PollTarget(shared.progressed.fileDescriptor)], timeoutMilliseconds: 5)
                continue
            case .read: pauseForMemory(false)
            case .pause: pauseForMemory(true)
            }
            take()
        }
        return fatal.map { "\($0)" }
    }

    private func nowMilliseconds() -> Int64 { MonotonicTime.now() / 1_000_000 }

    // MARK: Records

    /// Polls until nothing is there or it is time to look around.
    private func take() {
        var step = group.poll(timeoutMilliseconds: isMemoryFull ? 20 : Self.pollMilliseconds)
        var count = 0
        var bytes = 0
        while true {
            switch step {
            case .record(let record, let place): bytes += accept(record, place)
            case .nothing: return
            case .error(let error): note(error)
            case .assigned(let partitions):
                shared.metrics.rebalances("assigned").add()
                assign(partitions)
                return
            case .revoked(let partitions):
                shared.metrics.rebalances("revoked").add()
                giveBack(partitions)
                return
            case .lost(let partitions):
                shared.metrics.rebalances("lost").add()
                lose(partitions)
                return
            }
            count += 1
            guard count < Self.burstRecords, bytes < Self.burstBytes, !shared.isStopping.load(ordering: .acquiring) else {
                return
            }
            step = group.poll(timeoutMilliseconds: 0)
        }
    }

    /// Returns the bytes that wait more than before.
    private func accept(_ record: Record, _ place: TopicPartition) -> Int {
        guard let slot = slots[place],
            let ticket = shared.ledger.withLock({ $0.admit(slot: slot, offset: record.offset) })
        else { return 0 }
        let lane = plan.lane(key: record.key, partition: record.partition)
        let queued = QueuedRecord(record, ticket, queuedAt: MonotonicTime.now())
        shared.queues[lane].add(queued)
        return queued.bytes
    }

    private func note(_ error: KafkaError) {
        if error.isFatal { fatal = error }
        shared.status.withLock { $0.lastProblem = "\(error)" }
        shared.logger.log(
            error.isFatal ? .error : .warning, "the group's client reports trouble",
            [.name: .string(shared.definition.name), .error: .string("\(error)"), .errorCode: .string(error.name)])
    }

    // MARK: Pausing

    private func pauseForMemory(_ wanted: Bool) {
        guard wanted != isMemoryFull else { return }
        isMemoryFull = wanted
        steer()
    }

    /// Pauses and resumes all partitions as the reasons for it come and go, and tells the state.
    private func steer() {
        let isHalted = shared.isHalted.load(ordering: .acquiring)
        let down = isHalted ? nil : shared.breakers.down
        shared.metrics.paused("halted").set(isHalted)
        shared.metrics.paused("breaker").set(down != nil)
        shared.metrics.paused("memory").set(isMemoryFull)
        if !isHalted {
            if let down {
                let problem = shared.status.withLock { $0.lastProblem }
                shared.enter(.waiting, reason: "\(down) is down: \(problem)")
            } else if isTroubleReported {
                let problem = shared.status.withLock { $0.lastProblem }
                shared.enter(.waiting, reason: "where partitions begin is not known: \(problem)")
            } else if shared.sessions.isOpening {
                shared.enter(.waiting, reason: "sessions with Postgres are being opened")
            } else if hasBeenAssigned {
                shared.enter(.running)
            }
        }
        let wanted = isHalted || down != nil || isMemoryFull
        guard wanted != isPaused else { return }
        isPaused = wanted
        applyPause()
    }

    private func applyPause() {
        let places = Array(slots.keys)
        guard !places.isEmpty else { return }
        do throws(KafkaError) {
            if isPaused { try group.pause(places) } else { try group.resume(places) }
        } catch { note(error) }
    }

    // MARK: Rebalances

    /// Finds out where the partitions begin and reads from there; comes again when the database or the brokers do not answer.
    private func assign(_ partitions: [TopicPartition]) {
        patience.assigned()
        pending = partitions
        if let milliseconds = shared.breakers.refusal(of: "postgres", now: nowMilliseconds()) {
            retryAt = nowMilliseconds() + min(1_000, milliseconds)
            takeUpNothing()
            return
        }
        do {
            try begin(partitions)
            shared.breakers.succeeded("postgres")
            pending = []
            hasBeenAssigned = true
            isTroubleReported = false
            steer()
        } catch {
            if error is PostgresError {
                shared.breakers.failed("postgres", reason: "\(error)", now: nowMilliseconds())
            } else {
                shared.breakers.withdrew()
            }
            retryAt = nowMilliseconds() + 1_000
            shared.status.withLock { $0.lastProblem = "\(error)" }
            shared.logger.log(
                isTroubleReported ? .debug : .warning, "where partitions begin cannot be found out yet",
                [.name: .string(shared.definition.name), .error: .string("\(error)")])
            isTroubleReported = true
            takeUpNothing()
        }
    }

    /// The group gets its answer though we cannot read yet: until it has one, it tells us of no other rebalance, and those wait for us.
    private func takeUpNothing() {
        guard group.owesAnswer else { return }
        do throws(KafkaError) { try group.assign([]) } catch { note(error) }
    }

    /// The group has forgotten us, or our client the group: as another member we are heard.
    private func joinAnew() {
        shared.logger.warning(
            "the group gives no partitions; leaving it and joining anew",
            [.name: .string(shared.definition.name), .durationMilliseconds: .int(patience.limit)])
        shared.metrics.joinedAnew.add()
        pending = []
        forget(Array(slots.keys))
        // A client that does not end is left behind; a static member's is told so when the new one joins.
        group.close(within: 5_000)
        do throws(KafkaError) { group = try Self.join(shared) } catch { fatal = error }
        patience.waits(now: nowMilliseconds())
    }

    private func begin(_ partitions: [TopicPartition]) throws {
        guard !partitions.isEmpty else {
            try group.assign([])
            return
        }
        let marks = try positions.read(partitions)
        let committed = try group.committed(partitions)
        let bounds = try group.bounds(partitions)
        var starts: [(place: TopicPartition, offset: Int64, replaces: Bool)] = []
        for place in partitions {
            guard let bounds = bounds[place] else { continue }
            let decision = StartDecision.decide(
                highWater: marks[place], committed: committed[place], low: bounds.start, high: bounds.end)
            report(decision, place)
            starts.append((place, decision.offset, decision.replacesMark))
        }
        try positions.settle(starts)
        shared.ledger.withLock { $0.assign(starts.map { ($0.place, $0.offset) }, marks: marks) }
        slots = shared.ledger.withLock { ledger in
            Dictionary(
                uniqueKeysWithValues: starts.compactMap { start in ledger.slot(of: start.place).map { (start.place, $0) } })
        }
        try group.assign(starts.map { (partition: $0.place, offset: $0.offset) })
        isPaused = false
        nextCommit = 0
        shared.sessions.begin()
        shared.wakeAll()
        shared.logger.info(
            "partitions assigned", [.name: .string(shared.definition.name), .count: .int(starts.count)])
    }

    private func report(_ decision: StartDecision, _ place: TopicPartition) {
        guard let finding = decision.finding else { return }
        var fields: LogFields = [
            .name: .string(shared.definition.name), .topic: .string(place.topic), .partition: .int(place.partition),
            .offset: .int(decision.offset),
        ]
        switch finding {
        case .noCommittedOffset:
            shared.logger.info(
                "the group has no offset; reading from the oldest record, the inbox knows what was applied", fields)
        case .noHighWaterMark:
            shared.logger.warning("the database has no position, so the group's offset does not count; reading all", fields)
        case .topicMadeAnew:
            shared.logger.warning("the topic was made anew; reading it from its beginning", fields)
        case .retentionPassed(let missing):
            fields[.count] = .int(missing)
            shared.logger.error("the topic's retention removed records that were never read", fields)
        }
        shared.metrics.starts(finding).add()
    }

    /// Finishes what runs, writes down how far it came, and gives the partitions back.
    private func giveBack(_ partitions: [TopicPartition]) {
        let started = MonotonicTime.now()
        pending = []
        let isClean = quiesce(milliseconds: shared.settings.revokeMilliseconds)
        if !isClean {
            shared.logger.warning(
                "partitions are given back while a transaction still runs; the inbox absorbs it",
                [.name: .string(shared.definition.name)])
        }
        settle(isSynchronous: true)
        forget(partitions)
        do throws(KafkaError) { try group.unassign() } catch { note(error) }
        patience.waits(now: nowMilliseconds())
        shared.isYielding.store(false, ordering: .releasing)
        shared.wakeAll()
        shared.metrics.drain.observe(Double(MonotonicTime.now() - started) / 1e9)
    }

    /// A session with Postgres ended, so what lanes said to be done may be gone: everything that we have is read on from the database's
    /// marks, as soon as there is a database.
    private func beginAgain() {
        if !quiesce(milliseconds: shared.settings.revokeMilliseconds) {
            shared.logger.warning(
                "a transaction still runs while partitions begin again; the inbox absorbs it",
                [.name: .string(shared.definition.name)])
        }
        let places = Set(slots.keys).union(pending).sorted()
        forget(places)
        positions.close()
        do throws(KafkaError) { try group.unassign() } catch { note(error) }
        pending = places
        retryAt = 0
        // Nothing is assigned: the lanes wait for the next round.
        if places.isEmpty { shared.sessions.begin() }
        shared.isYielding.store(false, ordering: .releasing)
    }

    private func lose(_ partitions: [TopicPartition]) {
        pending = []
        forget(partitions)
        do throws(KafkaError) { try group.unassign() } catch { note(error) }
        patience.waits(now: nowMilliseconds())
        shared.logger.warning("partitions were lost to other members", [.name: .string(shared.definition.name)])
    }

    private func forget(_ partitions: [TopicPartition]) {
        shared.generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
        shared.ledger.withLock { $0.revoke(partitions) }
        for place in partitions { slots[place] = nil }
        for queue in shared.queues {
            queue.keep { record in shared.ledger.withLock { $0.isValid(record.ticket) } }
        }
    }

    /// Lets lanes put down their work; false when one did not in time.
    private func quiesce(milliseconds: Int64) -> Bool {
        shared.isYielding.store(true, ordering: .releasing)
        for queue in shared.queues { queue.wake() }
        let deadline = nowMilliseconds() + milliseconds
        while true {
            shared.progressed.drain()
            guard shared.queues.contains(where: \.isWorking) else { return true }
            let left = deadline - nowMilliseconds()
            guard left > 0 else { return false }
            shared.turned(shared.queues.count)
            _ = try? waitReadable([PollTarget(shared.progressed.fileDescriptor)], timeoutMilliseconds: min(left, 100))
        }
    }

    // MARK: Positions

    /// Writes marks that no batch wrote, and tells the group what the database has.
    private func settle(isSynchronous: Bool) {
        nextCommit = nowMilliseconds() + shared.settings.commitIntervalMilliseconds
        let marks = shared.ledger.withLock { $0.unpersisted }
        if !marks.isEmpty, shared.breakers.isClosed("postgres"), !shared.sessions.isLost {
            do throws(PostgresError) {
                // What is done is known of the sessions that were opened together: another one could be with another server.
                guard positions.isOpen else { return shared.loseSessions() }
                try positions.move(marks, timeoutMilliseconds: 3_000)
                let found = try positions.read(marks.map(\.place))
                shared.ledger.withLock { $0.persisted(found.map { ($0.key, $0.value) }) }
            } catch {
                if !positions.isOpen { shared.loseSessions() }
                shared.logger.debug("positions could not be written; the next batch does it", [.error: .string("\(error)")])
            }
        }
        let offsets = shared.ledger.withLock { $0.uncommitted }
        guard !offsets.isEmpty else { return }
        do throws(KafkaError) {
            try group.commit(offsets, isSynchronous: isSynchronous, timeoutMilliseconds: 5_000)
            shared.ledger.withLock { $0.committed(offsets) }
        } catch {
            shared.logger.debug("offsets could not be committed; the database has them", [.error: .string("\(error)")])
        }
    }

    // MARK: The end

    /// Finishes what runs within the settings' time and leaves the group. Returns whether all was in time.
    func end() -> Bool {
        let isClean = quiesce(milliseconds: shared.settings.drainMilliseconds)
        if fatal == nil { settle(isSynchronous: true) }
        forget(Array(slots.keys))
        let hasLeft = group.close(within: Int(shared.settings.drainMilliseconds))
        return isClean && hasLeft
    }
}
