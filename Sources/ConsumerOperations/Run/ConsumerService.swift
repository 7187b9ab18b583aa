public import Configuration
import ConsumerKit
import Kafka
public import RelayOperations
public import ServiceRuntime
public import Telemetry

/// `outbox-consumer run` as a whole: the consumers, their HTTP port, health, and the service manager.
public final class ConsumerService: Sendable {
    private let settings: ConsumerSettings
    private let catalog: ConsumerCatalog
    private let chosen: [ConfiguredConsumer]
    private let logger: Logger
    private let stop: StopSignal
    private let registry = MetricRegistry()

    /// Checks everything that can be checked without a server. Throws a sentence that names the setting.
    ///
    /// - Parameter stop: ends the service when it is set.
    public init(_ settings: ConsumerSettings, logger: Logger, stop: StopSignal) throws(OperationError) {
        self.settings = settings
        self.logger = logger
        self.stop = stop
        catalog = try ConsumerCatalog(settings, metrics: registry)
        chosen = try catalog.choose(settings.consumers)
        guard !chosen.isEmpty else { throw OperationError("there is no consumer to run") }
        do throws(ConfigurationError) { try settings.requireKafka() } catch { throw OperationError("\(error)") }
        let properties = Kafka.KafkaProperties(settings.kafkaProperties)
        if let refusal = KafkaLibrary.refusal(for: properties, acceptsLegacyBroker: settings.hasLegacyBrokers) {
            throw OperationError(refusal)
        }
        do throws(KafkaError) { try ProducerConfiguration.validate(properties.forProducer, makingClient: true) } catch {
            throw OperationError("the kafka.* settings are refused: \(error)")
        }
        ProcessMetrics.register(in: registry)
    }

    /// Runs until stopped, or until one of the consumers cannot go on. Blocks.
    ///
    /// Returns whether it was stopped on request; otherwise the log says what keeps it from going on.
    public func run() throws(OperationError) -> Bool {
        for warning in settings.warnings { logger.warning("configuration", [.text: .string(warning)]) }
        for (name, reason) in catalog.absent where settings.consumers == nil {
            logger.info("a consumer does not run", [.name: .string(name), .reason: .string(reason)])
        }
        let kit = ConsumerKitSettings(settings, inboxRetentionDays: inboxRetentionDays())
        var runners: [ConsumerRunner] = []
        do throws(ConsumerStartError) {
            for consumer in chosen {
                runners.append(try ConsumerRunner(consumer: consumer, settings: kit, registry: registry, logger: logger))
            }
        } catch { throw OperationError("\(error)") }
        let endpoints = try startHTTP(runners)
        defer { endpoints?.stop() }
        logger.info(
            "consumers starting",
            [
                .name: .string(chosen.map(\.definition.name).joined(separator: ",")),
                .clientVersion: .string(KafkaLibrary.versionText), .listen: .string(endpoints?.address ?? "off"),
            ])
        do throws(ConsumerStartError) {
            for runner in runners { try runner.start() }
        } catch {
            finish(runners)
            throw OperationError("\(error)")
        }
        ConsumerWatch(runners: runners, logger: logger, stop: stop).run()
        return finish(runners)
    }

    /// Stops all, waits for all. Returns whether none had failed.
    @discardableResult
    private func finish(_ runners: [ConsumerRunner]) -> Bool {
        for runner in runners { runner.requestStop() }
        var isDone = true
        for runner in runners {
            switch runner.join() {
            case .stopped(isClean: true): break
            case .stopped(isClean: false):
                logger.warning(
                    "the drain was cut off: what was not committed is applied by the next start",
                    [.name: .string(runner.definition.name)])
            // The runner has said why.
            case .failed: isDone = false
            }
        }
        logger.info("consumers stopped")
        return isDone
    }

    private func inboxRetentionDays() -> Int64 {
        let topics = Set(catalog.consumers.filter(\.definition.usesInbox).flatMap(\.definition.topics)).sorted()
        var known: [Kafka.KafkaProperties?]? = []
        if settings.inboxRetention == .auto {
            known = InboxRetentionChoice.ask(topics, Kafka.KafkaProperties(settings.kafkaProperties), logger: logger)
            if known == nil {
                logger.warning("the topics' retention cannot be asked for, so the inbox forgets nothing in this run")
            }
        }
        let days = InboxRetentionChoice.days(settings.inboxRetention, topics: known.map { $0 + catalog.absent.map { _ in nil } })
        logger.info("the inbox keeps claims for this many days, 0 for ever", [.limit: .int(Int(days))])
        return days
    }

    private func startHTTP(_ runners: [ConsumerRunner]) throws(OperationError) -> ServiceEndpoints? {
        guard let address = settings.httpListen else { return nil }
        let document = ConsumerStatusDocument(settings: settings, runners: runners)
        return try ServiceEndpoints(
            address: address.description, logger: logger, registry: registry, live: { runners.allSatisfy(\.isLive) },
            reasons: { ConsumerWatch.reasons(runners) }, status: { document.render() })
    }
}
