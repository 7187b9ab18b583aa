public import Configuration
import Kafka
public import RelayCore
import RelayPolling
public import ServiceRuntime
import Synchronization
public import Telemetry

/// `outbox-relay run` as a whole: the relay, its HTTP port, health, and the service manager.
public final class RelayService: Sendable {
    private let settings: RelaySettings
    private let options: RelayOptions
    private let logger: Logger
    private let stop: StopSignal
    public let state = RelayState()
    private let metrics: RelayMetrics
    private let registry = MetricRegistry()

    /// Checks everything that can be checked without a server. Throws a sentence that names the setting.
    ///
    /// - Parameter stop: ends the relay when it is set.
    public init(_ settings: RelaySettings, logger: Logger, stop: StopSignal) throws(OperationError) {
        self.settings = settings
        self.logger = logger
        self.stop = stop
        options = try RelayOptions(settings)
        metrics = RelayMetrics(registry)
        try Self.checkKafka(settings)
        ProcessMetrics.register(in: registry)
    }

    private static func checkKafka(_ settings: RelaySettings) throws(OperationError) {
        do throws(ConfigurationError) { try settings.requireKafka() } catch { throw OperationError("\(error)") }
        let properties = Kafka.KafkaProperties(settings.kafkaProperties)
        if let refusal = KafkaLibrary.refusal(for: properties, acceptsLegacyBroker: settings.hasLegacyBrokers) {
            throw OperationError(refusal)
        }
        do throws(KafkaError) { try ProducerConfiguration.validate(properties, makingClient: true) } catch {
            throw OperationError("the kafka.* settings are refused: \(error)")
        }
    }

    /// Runs until stopped or until going on would be wrong. Blocks; the calling thread becomes the replication thread.
    ///
    /// Returns whether it was stopped on request; otherwise the log says what keeps it from going on.
    public func run() throws(OperationError) -> Bool {
        let endpoints = try startHTTP()
        defer { endpoints?.stop() }
        for warning in settings.warnings { logger.warning("configuration", [.text: .string(warning)]) }
        logger.info(
            "relay starting",
            [
                .slot: .string(options.slotName), .table: .string("\(options.table)"), .mode: .string(settings.mode.rawValue),
                .clientVersion: .string(KafkaLibrary.versionText), .listen: .string(endpoints?.address ?? "off"),
            ])
        let watch = ServiceWatch(state: state, stallMilliseconds: options.stallTimeoutMilliseconds, logger: logger)
        do throws(SystemError) { try watch.start() } catch { throw OperationError("\(error)") }
        defer { watch.finish() }
        let retention: RetentionService?
        do throws(SystemError) {
            retention = try RetentionService(
                settings.retention, options: options, state: state, metrics: metrics, logger: logger)
            try retention?.start()
        } catch { throw OperationError("\(error)") }
        defer { retention?.finish() }
        let ending = try publish()
        state.enter(.stopped)
        metrics.phase(.stopped)
        switch ending {
        case .stopped:
            logger.info("relay stopped", [.events: .int(Int(state.snapshot.finishedEvents))])
            return true
        case .failed(let findings):
            for finding in findings {
                logger.error(
                    "the relay cannot go on",
                    [
                        .name: .string(finding.check), .reason: .string("\(finding.object): \(finding.fact)"),
                        .remedy: .string(finding.remedy),
                    ])
            }
        }
        return false
    }

    /// Publishes in the mode that the settings name.
    private func publish() throws(OperationError) -> Relay.Ending {
        let polling = PollingOptions(settings.polling)
        switch settings.mode {
        case .auto:
            return ModeSupervisor(
                options: options, polling: polling, state: state, metrics: metrics, logger: logger, stop: stop
            ).run()
        case .cdc: return Relay(options: options, state: state, metrics: metrics, logger: logger, stop: stop).run()
        case .polling: return try poll(polling)
        }
    }

    private func poll(_ polling: PollingOptions) throws(OperationError) -> Relay.Ending {
        let yield: StopSignal
        do throws(SystemError) { yield = try StopSignal() } catch { throw OperationError("\(error)") }
        while true {
            let relay = PollingRelay(
                options: options, polling: polling, state: state, metrics: metrics, logger: logger,
                stop: stop)
            switch relay.run(yield: yield) {
            case .stopped: return .stopped
            case .failed(let findings): return .failed(findings)
            // Stands by until the other instance has gone.
            case .yielded: continue
            }
        }
    }

    private func startHTTP() throws(OperationError) -> ServiceEndpoints? {
        guard let address = settings.httpListen else { return nil }
        let document = StatusDocument(settings: settings, state: state, metrics: metrics)
        let state = state
        let stallAfter = options.stallTimeoutMilliseconds * 1_000_000
        return try ServiceEndpoints(
            address: address.description, logger: logger, registry: registry, live: { true },
            reasons: { HealthPolicy.reasons(state.observation(), now: MonotonicTime.now(), stallAfter: stallAfter) },
            status: { document.render(now: MonotonicTime.now()) })
    }
}
