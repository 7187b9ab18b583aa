internal import Kafka
internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// The life of a consumer, on its poll thread: checks, lanes, polling, drain.
final class RunnerLife {
    private let shared: RunnerShared
    private let keeperStop: StopSignal
    private var lanes: [OwnedThread] = []
    private var keeper: OwnedThread?

    init(_ shared: RunnerShared, _ keeperStop: StopSignal) {
        self.shared = shared
        self.keeperStop = keeperStop
    }

    func run() {
        let outcome = live()
        shared.letters.close()
        shared.status.withLock { status in
            status.outcome = outcome
            if case .failed(let reason) = outcome {
                status.state = .failed
                status.reason = reason
            } else {
                status.state = .stopped
            }
        }
        if case .failed(let reason) = outcome {
            shared.logger.error(
                "the consumer cannot go on", [.name: .string(shared.definition.name), .reason: .string(reason)])
        } else {
            shared.logger.info("the consumer stopped", [.name: .string(shared.definition.name)])
        }
    }

    private func live() -> ConsumerOutcome {
        let positions = PositionStore(shared)
        defer { positions.close() }
        if let refusal = check(positions) { return .failed(reason: refusal) }
        if isStopping { return .stopped(isClean: true) }
        let loop: PollLoop
        do throws(KafkaError) { loop = try PollLoop(shared, positions) } catch { return .failed(reason: "\(error)") }
        do throws(SystemError) { try startThreads() } catch {
            stopThreads()
            _ = loop.end()
            return .failed(reason: "\(error)")
        }
        shared.logger.info(
            "the consumer starts",
            [.name: .string(shared.definition.name), .count: .int(shared.queues.count), .text: .string(shared.group)])
        let failure = loop.run()
        shared.enter(.draining)
        let isClean = loop.end()
        stopThreads()
        return failure.map { .failed(reason: $0) } ?? .stopped(isClean: isClean)
    }

    private var isStopping: Bool { shared.isStopping.load(ordering: .acquiring) }

    /// Why the consumer must not start; nil when it may, or was asked to stop.
    private func check(_ positions: PositionStore) -> String? {
        let check = StartCheck(shared: shared, positions: positions)
        var backoff = Backoff(initial: 200, maximum: 5_000)
        var reported = ""
        while !isStopping {
            shared.turned(shared.queues.count)
            switch check.run() {
            case .ready: return nil
            case .refuse(let reason): return reason
            case .wait(let reason):
                shared.status.withLock { $0.lastProblem = reason }
                if reason != reported {
                    shared.logger.warning(
                        "the consumer cannot start yet", [.name: .string(shared.definition.name), .reason: .string(reason)])
                }
                reported = reason
                let delay = backoff.next(random: Double.random(in: 0..<1))
                shared.progressed.drain()
                if !isStopping {
                    _ = try? waitReadable([PollTarget(shared.progressed.fileDescriptor)], timeoutMilliseconds: delay)
                }
            }
        }
        return nil
    }

    private func startThreads() throws(SystemError) {
        let shared = shared
        let keeperStop = keeperStop
        for index in shared.queues.indices {
            lanes.append(
                try OwnedThread.start(name: "lane-\(index)-\(shared.definition.name)") { Lane(shared, index: index).run() })
        }
        keeper = try OwnedThread.start(name: "keep-\(shared.definition.name)") { Keeper(shared, stop: keeperStop).run() }
    }

    /// The time for draining is over: what still waits for Postgres is cut off.
    private func stopThreads() {
        shared.isStopping.store(true, ordering: .releasing)
        keeperStop.set()
        if shared.queues.contains(where: \.isWorking) { shared.hardStop.set() }
        shared.wakeAll()
        for lane in lanes { lane.join() }
        keeper?.join()
    }
}
