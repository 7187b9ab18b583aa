internal import CRDKafka
internal import ServiceRuntime
internal import Synchronization
internal import Telemetry

/// What the producing thread and the delivery thread share. The delivery thread keeps it alive and destroys the client at its end,
/// so that a client that is slow to die never holds up the thread that closes it.
final class ProducerCore: Sendable {
    let client: ClientHandle
    let id: Int
    /// Counted by the producing thread alone; read by all.
    let accepted = Atomic<Int>(0)
    private let reported = Atomic<Int>(0)
    private let isStopping = Atomic<Bool>(false)
    private let isFinished = Atomic<Bool>(false)
    private let milestone = Milestone()
    private let expediter: Expediter
    private let fatal = Mutex<KafkaError?>(nil)
    private let topics = Mutex<[String: TopicHandle]>([:])
    /// Held during a blocking question to the brokers, so that the client is not destroyed under it.
    private let isAsking = Mutex(())
    nonisolated(unsafe) private let mainQueue: OpaquePointer
    private let onDelivery: @Sendable (borrowing DeliveryReports) -> Void
    private let onError: @Sendable (KafkaError) -> Void

    private static let latestID = Atomic<Int>(0)

    /// Upper bound of one wait for events. Nothing depends on it: events and `stop` end the wait at once.
    private static let longestWaitMilliseconds: Int32 = 10_000

    init(
        properties: KafkaProperties, logger: Logger,
        onDelivery: @escaping @Sendable (borrowing DeliveryReports) -> Void,
        onError: @escaping @Sendable (KafkaError) -> Void
    ) throws(KafkaError) {
        client = try ClientHandle(RD_KAFKA_PRODUCER, properties, logger: logger, events: RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR)
        do throws(SystemError) {
            expediter = try Expediter(client: client.pointer)
        } catch {
            client.destroy()
            throw KafkaError(code: .localSystemResource, message: error.description)
        }
        mainQueue = rd_kafka_queue_get_main(client.pointer)
        id = Self.latestID.wrappingAdd(1, ordering: .relaxed).newValue
        self.onDelivery = onDelivery
        self.onError = onError
    }

    // MARK: Counts

    /// Accepted messages without a report yet.
    var outstanding: Int {
        // Read in this order, a message accepted and reported in between can only make the number smaller than it was.
        let reported = reported.load(ordering: .acquiring)
        return max(0, accepted.load(ordering: .acquiring) - reported)
    }

    /// A message that had been counted before it was offered was not taken: that may have been the last one waited for.
    func noteUncounted() {
        if outstanding == 0 { milestone.announce() }
    }

    func waitUntilDrained(timeoutMilliseconds: Int) -> Bool {
        milestone.wait(timeoutMilliseconds: timeoutMilliseconds) { outstanding == 0 }
    }

    func waitUntilFinished(timeoutMilliseconds: Int) -> Bool {
        milestone.wait(timeoutMilliseconds: timeoutMilliseconds) { isFinished.load(ordering: .acquiring) }
    }

    // MARK: Topics and state

    func topic(_ name: String) throws(KafkaError) -> TopicHandle {
        guard !isClosed else { throw KafkaError(code: .localDestroy) }
        if let known = topics.withLock({ $0[name] }) { return known }
        guard let pointer = rd_kafka_topic_new(client.pointer, name, nil) else {
            throw KafkaError(code: KafkaError.Code(rd_kafka_last_error()))
        }
        let handle = TopicHandle(pointer: pointer, producerID: id)
        let replaced = topics.withLock { $0.updateValue(handle, forKey: name) }
        // Two threads asked for the same new topic: librdkafka counted two references to one object.
        if let replaced { rd_kafka_topic_destroy(replaced.pointer) }
        return handle
    }

    /// See ``Producer/learn(topic:timeoutMilliseconds:)``.
    func learn(topic name: String, timeoutMilliseconds: Int) {
        guard let handle = try? topic(name) else { return }
        isAsking.withLock { _ in
            guard !isClosed else { return }
            var metadata: UnsafePointer<rd_kafka_metadata>?
            let code = rd_kafka_metadata(client.pointer, 0, handle.pointer, &metadata, Int32(clamping: timeoutMilliseconds))
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { rd_kafka_metadata_destroy(metadata) }
        }
    }

    var isClosed: Bool { isStopping.load(ordering: .relaxed) }

    var fatalError: KafkaError? { fatal.withLock { $0 } }

    /// Takes out what is queued and gives up what is in flight; a report comes for every one of them.
    func purge() {
        // Non-blocking: a thread of the client that waits for a name server must not hold up the caller.
        rd_kafka_purge(client.pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING)
    }

    /// See ``Producer/sendNow()``.
    func sendNow() {
        if !isClosed { expediter.request() }
    }

    /// Ends the delivery thread; messages without a report get none.
    func stop() {
        guard !isStopping.exchange(true, ordering: .acquiringAndReleasing) else { return }
        rd_kafka_queue_yield(mainQueue)
    }

    // MARK: The delivery thread

    /// Serves events until `stop`, then destroys the client.
    func run() {
        var collector = DeliveryCollector()
        while !isStopping.load(ordering: .acquiring) {
            guard let event = rd_kafka_queue_poll(mainQueue, Self.longestWaitMilliseconds) else { continue }
            serve(event, &collector)
        }
        destroy()
    }

    /// Serves one event and destroys it.
    private func serve(_ event: OpaquePointer, _ collector: inout DeliveryCollector) {
        switch rd_kafka_event_type(event) {
        case RD_KAFKA_EVENT_DR:
            collector.collect(event)
            // Messages leave librdkafka's queue when their event is destroyed. Before the handler is told, so that whoever waits
            // for room finds it: after the last report nothing would wake him again.
            rd_kafka_event_destroy(event)
            report(collector.reports)
        case RD_KAFKA_EVENT_ERROR:
            serveError(event)
            rd_kafka_event_destroy(event)
        default:
            rd_kafka_event_destroy(event)
        }
    }

    private func report(_ reports: borrowing DeliveryReports) {
        if reports.failureCount < reports.count { client.log.noteSuccess() }
        onDelivery(reports)
        reported.wrappingAdd(reports.count, ordering: .releasing)
        if outstanding == 0 { milestone.announce() }
    }

    private func serveError(_ event: OpaquePointer) {
        let code = KafkaError.Code(rd_kafka_event_error(event))
        let text = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? code.text
        guard code == .localFatal || rd_kafka_event_error_is_fatal(event) != 0 else {
            client.log.write(level: 3, facility: "ERROR", text: "\(code.name): \(text)")
            onError(KafkaError(code: code, message: client.log.redacted(text)))
            return
        }
        let error = queryFatalError() ?? KafkaError(code: code, message: client.log.redacted(text), isFatal: true)
        client.log.logger.error("Kafka producer is unusable", [.errorCode: .string(error.name), .error: .string(error.message)])
        onError(error)
    }

    /// The fatal error that librdkafka recorded, if any; remembered.
    @discardableResult
    func queryFatalError() -> KafkaError? {
        var text = [CChar](repeating: 0, count: 512)
        let code = KafkaError.Code(rd_kafka_fatal_error(client.pointer, &text, text.count))
        guard code != .noError else { return nil }
        let error = KafkaError(code: code, message: client.log.redacted(String(nulTerminated: text)), isFatal: true)
        fatal.withLock { $0 = $0 ?? error }
        return error
    }

    /// Everything made from the client goes before it.
    private func destroy() {
        expediter.stop()
        let handles = topics.withLock { topics in
            defer { topics = [:] }
            return topics
        }
        for handle in handles.values {
            rd_kafka_topic_destroy(handle.pointer)
        }
        rd_kafka_queue_destroy(mainQueue)
        isAsking.withLock { _ in client.destroy() }
        isFinished.store(true, ordering: .releasing)
        milestone.announce()
    }
}
