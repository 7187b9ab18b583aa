internal import Glibc
internal import Kafka
internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// Sends dead letters, and returns when the brokers have them. Shared by the lanes of a consumer, one of which uses it at a time.
///
/// A dead-letter topic that does not exist is made with one partition. What cannot be sent is an error of the dependency `kafka`:
/// the caller waits and comes again, nothing is dropped.
final class LetterBox: Sendable {
    private struct State {
        var producer: Producer?
        var admin: Admin?
        var topics: Set<String> = []
    }

    private static let timeoutMilliseconds = 10_000
    private static let dayMilliseconds: Int64 = 86_400_000

    private let origin: LetterOrigin
    private let properties: KafkaProperties
    private let retentionMilliseconds: Int64
    private let replicationFactor: Int
    private let logger: Logger
    private let state = Mutex(State())
    private let failures = Mutex<[DeliveryReports.Failure]>([])

    init(_ definition: ConsumerDefinition, settings: ConsumerKitSettings, logger: Logger) {
        origin = LetterOrigin(definition, group: settings.group ?? definition.group)
        // Idempotent, so that a retry neither doubles a letter nor changes the order of two; and gapless comes with it: one at a time
        // is sent and waited for. A value as large as the topic of events takes it must fit.
        properties = KafkaProperties.producerDefaults.merging(settings.kafka.forProducer).merging([
            "message.max.bytes": "104857600", "queue.buffering.max.kbytes": "262144",
        ])
        retentionMilliseconds = settings.deadLetterRetentionDays * Self.dayMilliseconds
        replicationFactor = settings.deadLetterReplicationFactor
        self.logger = logger
    }

    /// Blocks until all are acknowledged. Throws `dependency("kafka")`.
    func send(_ letters: [DeadLetter]) throws(EffectError) {
        guard !letters.isEmpty else { return }
        do throws(KafkaError) {
            try state.withLock { state throws(KafkaError) in
                for topic in Set(letters.map(\.topic)) where !state.topics.contains(topic) {
                    try ensure(topic, &state)
                    state.topics.insert(topic)
                }
                try send(letters, omittingValues: false, &state)
            }
        } catch {
            throw EffectError(.dependency("kafka"), "dead letters cannot be sent: \(error)")
        }
    }

    func close() {
        let (producer, admin) = state.withLock { state in
            defer { state = State() }
            return (state.producer, state.admin)
        }
        producer?.close(timeoutMilliseconds: 500)
        admin?.close()
    }

    // MARK: Sending

    private func send(_ letters: [DeadLetter], omittingValues: Bool, _ state: inout State) throws(KafkaError) {
        let producer = try usableProducer(&state)
        failures.withLock { $0 = [] }
        var tooLarge: [DeadLetter] = []
        for (index, letter) in letters.enumerated() {
            let topic = try producer.topic(letter.topic)
            let headers = letter.headers(origin, omitsValue: omittingValues)
            func offer() -> ProduceOutcome {
                HeaderBlock.with(headers) { block in
                    produce(
                        letter, to: topic, headers: block, omittingValue: omittingValues, by: producer, opaque: UInt(index + 1))
                }
            }
            var outcome = offer()
            if case .queueFull = outcome {
                guard producer.waitUntilDrained(timeoutMilliseconds: Self.timeoutMilliseconds) else { throw giveUp(producer) }
                outcome = offer()
            }
            switch outcome {
            case .accepted: break
            // Nothing is queued any more: it is larger than the queue itself.
            case .queueFull where !omittingValues: tooLarge.append(letter)
            case .queueFull: throw KafkaError(code: .messageSizeTooLarge)
            case .refused(let error):
                guard error.code == .messageSizeTooLarge, !omittingValues else { throw error }
                tooLarge.append(letter)
            }
        }
        producer.sendNow()
        guard producer.waitUntilDrained(timeoutMilliseconds: Self.timeoutMilliseconds) else { throw giveUp(producer) }
        for failure in failures.withLock({ $0 }) {
            guard failure.code == .messageSizeTooLarge || failure.code == .recordListTooLarge, !omittingValues else {
                if failure.code == .unknownTopicOrPartition || failure.code == .localUnknownTopic { state.topics = [] }
                throw failure.error
            }
            tooLarge.append(letters[Int(failure.opaque) - 1])
        }
        guard !tooLarge.isEmpty else { return }
        // A broker refuses a whole batch for one message: alone, each gets its own answer.
        if letters.count > 1 {
            for letter in tooLarge { try send([letter], omittingValues: false, &state) }
            return
        }
        logger.warning("a dead letter is larger than its topic takes; its value is kept in the table only")
        try send(tooLarge, omittingValues: true, &state)
    }

    /// Calls back what was not acknowledged in time.
    private func giveUp(_ producer: Producer) -> KafkaError {
        producer.purge()
        _ = producer.waitUntilDrained(timeoutMilliseconds: 2_000)
        return KafkaError(code: .localTimedOut, message: "no broker acknowledged within \(Self.timeoutMilliseconds) ms")
    }

    private func produce(
        _ letter: DeadLetter, to topic: TopicHandle, headers: HeaderBlock, omittingValue: Bool, by producer: Producer,
        opaque: UInt
    ) -> ProduceOutcome {
        func offer(_ key: UnsafeRawBufferPointer?) -> ProduceOutcome {
            guard let value = letter.record.value, !omittingValue else {
                return producer.produce(topic: topic, key: key, value: nil, headers: headers, opaque: opaque)
            }
            return value.withUnsafeBytes { bytes in
                producer.produce(topic: topic, key: key, value: bytes, headers: headers, opaque: opaque)
            }
        }
        guard let key = letter.record.key else { return offer(nil) }
        return key.withUnsafeBytes { offer($0) }
    }

    // MARK: Clients

    private func usableProducer(_ state: inout State) throws(KafkaError) -> Producer {
        if let producer = state.producer {
            guard producer.fatalError != nil else { return producer }
            producer.close(timeoutMilliseconds: 500)
        }
        let producer = try Producer(
            properties: properties, logger: logger,
            onDelivery: { [weak self] reports in
                guard let self, reports.failureCount > 0 else { return }
                reports.forEachFailure { failure in self.failures.withLock { $0.append(failure) } }
            }, onError: { _ in })
        state.producer = producer
        return producer
    }

    private func ensure(_ topic: String, _ state: inout State) throws(KafkaError) {
        let admin: Admin
        if let known = state.admin { admin = known } else { admin = try Admin(properties: properties, logger: logger) }
        state.admin = admin
        let found = try admin.metadata(topic: topic, creatingMissing: false, timeoutMilliseconds: Self.timeoutMilliseconds)
        if found.exists {
            if let error = found.error { throw error }
            return
        }
        let wanted = NewTopic(
            name: topic, partitions: 1, replicationFactor: replicationFactor,
            settings: ["retention.ms": String(retentionMilliseconds), "cleanup.policy": "delete"])
        let refusals = try admin.createTopics([wanted], timeoutMilliseconds: Self.timeoutMilliseconds)
        if let refusal = refusals.first, let refusal, refusal.code != .topicAlreadyExists { throw refusal }
        waitUntilServed(topic, admin)
        logger.info("the dead-letter topic was made", [.topic: .string(topic)])
    }

    /// A topic can be known before its leader serves it, and of two batches sent in between the second one may arrive alone.
    private func waitUntilServed(_ topic: String, _ admin: Admin) {
        let patience = MonotonicTime.now() + Int64(Self.timeoutMilliseconds) * 1_000_000
        while MonotonicTime.now() < patience {
            do throws(KafkaError) {
                return try admin.leadersAnswer(topic: topic, partitions: [0], timeoutMilliseconds: 2_000)
            } catch {
                if error.code == .topicAuthorizationFailed { return }
                usleep(50_000)
            }
        }
    }
}
