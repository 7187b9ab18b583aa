import CommandLineKit
public import Configuration
import Glibc
import HTTPServer
import Kafka
import Realtime
import RealtimeAccess
public import RelayOperations
public import ServiceRuntime
import Synchronization
public import Telemetry

/// `outbox-fanout run` as a whole: the clients' port, the topic, the operators' port, health, and the service manager.
public final class FanoutService: Sendable {
    /// Batches that a loop may be behind by before the reading waits for it.
    private static let backlogLimit = 256

    private let settings: FanoutSettings
    private let logger: Logger
    private let stop: StopSignal
    private let registry = MetricRegistry()
    private let metrics: FanoutMetrics
    private let gate: ClientGate
    private let runtimes = RuntimeTable()
    private let server: HTTPServer
    private let feed: KafkaFeed

    /// Checks everything that can be checked without brokers, and takes the clients' port. Throws a sentence that names the setting.
    ///
    /// - Parameter stop: ends the service when it is set.
    public init(_ settings: FanoutSettings, logger: Logger, stop: StopSignal) throws(OperationError) {
        self.settings = settings
        self.logger = logger
        self.stop = stop
        do throws(ConfigurationError) { try settings.requireKafka() } catch { throw OperationError("\(error)") }
        let properties = Kafka.KafkaProperties(settings.kafkaProperties)
        if let refusal = KafkaLibrary.refusal(for: properties, acceptsLegacyBroker: settings.hasLegacyBrokers) {
            throw OperationError(refusal)
        }
        do throws(KafkaError) { try ProducerConfiguration.validate(properties.forProducer, makingClient: true) } catch {
            throw OperationError("the kafka.* settings are refused: \(error)")
        }
        gate = ClientGate(
            rules: settings.accessRules, session: settings.sessionLimits, origins: try settings.originRules(),
            verifier: try settings.tokenVerifier(logger), users: UserTable(limit: settings.limits.connectionsPerUser),
            state: ServingState(), refusals: RefusalCounts())
        metrics = FanoutMetrics(registry)
        let count = settings.threads ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let routes = ClientRoutes(gate: gate, runtimes: runtimes, servesPage: settings.servesPage)
        server = try ClientServer.make(
            listen: settings.listen.description, loops: count, routes: routes.router,
            tls: settings.certificate.map { TLSFiles(certificate: $0.certificate, key: $0.key) }, logger: logger,
            limits: settings.httpLimits)
        let webSocket = settings.webSocketLimits(loops: count)
        let runtimes = runtimes
        let (gate, latency) = (gate, metrics.latency)
        runtimes.fill(server.loops.map { LoopRuntime(loop: $0, gate: gate, webSocket: webSocket, latency: latency) })
        do throws(SystemError) {
            feed = try KafkaFeed(
                settings.feed, logger: logger, prepare: { Self.prepare(epoch: $0, settings, runtimes) },
                deliver: { Self.deliver($0, runtimes, stop) })
        } catch { throw OperationError("\(error)") }
        metrics.register(runtimes: runtimes, feed: feed, server: server, gate: gate, limit: settings.limits.connections)
    }

    private static func prepare(epoch: UInt32, _ settings: FanoutSettings, _ runtimes: RuntimeTable) {
        let instance = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        for runtime in runtimes.all {
            runtime.begin(settings.hub(epoch: epoch, connectionPrefix: "\(instance)-\(runtime.index)-"))
        }
    }

    /// To every loop. Waits for the slowest one when it is far behind: memory is bounded, and what waits stays in Kafka.
    private static func deliver(_ batch: EventBatch, _ runtimes: RuntimeTable, _ stop: StopSignal) {
        let all = runtimes.all
        for runtime in all { runtime.deliver(batch) }
        while !stop.isSet, all.contains(where: { $0.backlog.load(ordering: .relaxed) > backlogLimit }) { usleep(1_000) }
    }

    /// Runs until stopped. Blocks.
    public func run() throws(OperationError) {
        for warning in settings.warnings { logger.warning("configuration", [.text: .string(warning)]) }
        checkDescriptors()
        let endpoints = try startHTTP()
        defer { endpoints?.stop() }
        do throws(HTTPServerError) { try server.start() } catch { throw OperationError("\(error)") }
        defer { server.stop() }
        do throws(SystemError) { try feed.start() } catch { throw OperationError("\(error)") }
        defer { feed.stop() }
        logger.info(
            "fan-out starting",
            [
                .topic: .string(settings.topic), .listen: .string("\(settings.listen.host):\(server.boundPort)"),
                .count: .int(server.loops.count), .clientVersion: .string(KafkaLibrary.versionText),
            ])
        watch()
        drain()
        logger.info("fan-out stopped")
    }

    private func checkDescriptors() {
        guard let limit = DescriptorLimit.raise() else { return }
        let wanted = settings.limits.connections + 200
        if limit < wanted {
            logger.warning(
                "the process may have fewer descriptors than limit.connections wants",
                [.limit: .int(limit), .count: .int(wanted)])
        }
    }

    /// Why no clients are served, or not the whole truth.
    private var reasons: [String] {
        var reasons: [String] = []
        let status = feed.status
        if gate.state.phase == .draining { reasons.append("clients are being sent away") }
        if let problem = status.problem {
            reasons.append(problem)
        } else if gate.state.phase == .loading {
            reasons.append("the history is being loaded")
        }
        return reasons
    }

    /// False when only a new process could help: a thread that serves clients is stuck.
    private var isLive: Bool { runtimes.all.allSatisfy(\.isLive) }

    private func startHTTP() throws(OperationError) -> ServiceEndpoints? {
        guard let address = settings.httpListen else { return nil }
        let document = FanoutStatusDocument(
            configuration: .object(settings.redacted().map { JSONValue.Member($0.key, JSONValue($0.value)) }),
            topic: settings.topic, feed: feed, runtimes: runtimes, server: server, state: gate.state,
            reasons: { [unowned self] in reasons })
        let admin = settings.adminToken.map { token in
            AdminAPI(
                token: AdminToken(token), questions: LoopQuestions(runtimes: runtimes),
                publisher: TestPublisher(
                    topic: settings.topic, properties: Kafka.KafkaProperties(settings.kafkaProperties), logger: logger),
                logger: logger)
        }
        return try ServiceEndpoints(
            address: address.description, logger: logger, registry: registry, live: { [unowned self] in isLive },
            reasons: { [unowned self] in reasons }, status: { document.render() }, routes: { admin?.register(in: &$0) })
    }

    // MARK: Running

    /// Opens the doors once the history is there, and keeps the service manager informed until the stop.
    private func watch() {
        let manager = ServiceManager(environment: ProcessEnvironment.all)
        var wasReady: Bool?
        var isAnnounced = false
        var isOpening = false
        while !stop.isSet {
            if !isOpening, feed.status.isLoaded {
                isOpening = true
                open()
            }
            let reasons = reasons
            if wasReady != reasons.isEmpty {
                if reasons.isEmpty {
                    logger.info("ready: clients are served")
                } else if wasReady != nil {
                    logger.warning("not ready", [.reason: .string(reasons.joined(separator: "; "))])
                }
                wasReady = reasons.isEmpty
            }
            let status = reasons.first ?? "clients are served"
            if !isAnnounced, reasons.isEmpty { isAnnounced = manager?.notify("READY=1\nSTATUS=\(status)") ?? true }
            if manager?.watchdogIntervalMicroseconds != nil, isLive { _ = manager?.notify("WATCHDOG=1\nSTATUS=\(status)") }
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: wasReady == true ? 500 : 50)
        }
        _ = manager?.notify("STOPPING=1")
    }

    /// Lets clients in when every loop has taken in the history.
    private func open() {
        let left = Countdown(runtimes.all.count)
        let state = gate.state
        for runtime in runtimes.all {
            runtime.post { _ in if left.isLast() { state.open() } }
        }
    }

    private final class Countdown: Sendable {
        private let left: Atomic<Int>

        init(_ count: Int) { left = Atomic(count) }

        func isLast() -> Bool { left.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 }
    }

    /// Sends every client away over the window, so that they do not all come to the other instances at once.
    private func drain() {
        gate.state.drain()
        server.stopAccepting()
        let window = Int64(settings.connections.drainWindow)
        for runtime in runtimes.all {
            runtime.post { runtime in
                runtime.hub?.drain(window: window, now: runtime.now)
                runtime.settle()
            }
        }
        let begun = server.statistics.streams
        if begun > 0 { logger.info("sending clients away", [.count: .int(begun), .durationMilliseconds: .int(Int(window))]) }
        // Clients end their side when they have read to the end; those that do not are cut off.
        let deadline = MonotonicTime.now() + (window + 5_000) * 1_000_000
        while server.statistics.streams > 0, MonotonicTime.now() < deadline { usleep(20_000) }
    }
}
