internal import CRDKafka
internal import ServiceRuntime
internal import Synchronization
public import Telemetry

/// A Kafka producer with a delivery thread of its own.
///
/// Threads: `produce` is called by one thread at a time (it reuses an argument array); everything else by any thread.
/// `onDelivery` and `onError` run on the delivery thread, must be short, must not block and must not call `close` or
/// `waitUntilDrained`.
///
/// Every accepted message gets exactly one report, until `close` runs out of time. Messages of one partition are sent in the order
/// produced; nothing is ordered across partitions. A failed message does not stop the later ones of its partition: on the first
/// failure call `purge`, wait until drained, and replay.
public final class Producer: Sendable {
    private let core: ProducerCore
    private let thread: OwnedThread
    /// Touched by the producing thread alone.
    nonisolated(unsafe) private let slots = MessageSlots()

    /// Makes the client and starts the delivery thread. Connects in the background: brokers that are away are no error here.
    ///
    /// - Parameters:
    ///   - properties: librdkafka's keys; nothing is added to them. See ``KafkaProperties/producerDefaults``.
    ///   - logger: takes librdkafka's log lines.
    ///   - onDelivery: takes the reports of one batch; borrowed for the call. The queue has room for as many messages by then.
    ///   - onError: takes the client's errors. Those with `isFatal` mean that this producer is dead; all others are information,
    ///     the client goes on trying for ever.
    public init(
        properties: KafkaProperties, logger: Logger,
        onDelivery: @escaping @Sendable (borrowing DeliveryReports) -> Void,
        onError: @escaping @Sendable (KafkaError) -> Void
    ) throws(KafkaError) {
        let core = try ProducerCore(properties: properties, logger: logger, onDelivery: onDelivery, onError: onError)
        do throws(SystemError) {
            thread = try OwnedThread.start(name: "kafka-delivery") { core.run() }
        } catch {
            // No thread, so its ending is done here.
            core.stop()
            core.run()
            throw KafkaError(code: .localSystemResource, message: error.description)
        }
        self.core = core
    }

    /// A producer that was not closed loses what is outstanding; the thread ends and destroys the client by itself.
    deinit { core.stop() }

    // MARK: Producing

    /// The topic's handle, made at the first call and kept until the end of the producer. The name is not checked here: the broker
    /// does it, in a delivery report.
    public func topic(_ name: String) throws(KafkaError) -> TopicHandle {
        try core.topic(name)
    }

    /// Finds out where the topic's partitions live, before the first message: librdkafka would otherwise look it up by a slow
    /// timer, up to a second later (kafka-producer.md section 8). Blocks for at most the timeout; not for the producing thread.
    public func learn(topic name: String, timeoutMilliseconds: Int) {
        core.learn(topic: name, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Copies one message into the queue. Never blocks.
    ///
    /// - Parameters:
    ///   - topic: made by this producer; another one's is refused.
    ///   - key: decides the partition; nil for none, which is not the same as an empty one.
    ///   - value: nil for a tombstone, which is not the same as an empty value.
    ///   - headers: ranges outside their bytes are refused.
    ///   - timestampMilliseconds: the record's time since 1970; 0 for now.
    ///   - opaque: comes back in the delivery report.
    public func produce(
        topic: TopicHandle, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, headers: HeaderBlock = .empty,
        timestampMilliseconds: Int64 = 0, opaque: UInt
    ) -> ProduceOutcome {
        guard !core.isClosed else { return .refused(KafkaError(code: .localDestroy)) }
        guard topic.producerID == core.id else {
            return .refused(KafkaError(code: .localInvalidArgument, message: "the topic belongs to another producer"))
        }
        var list: OpaquePointer?
        if !headers.ranges.isEmpty {
            list = headers.makeList()
            if list == nil {
                return .refused(KafkaError(code: .localInvalidArgument, message: "a header lies outside its bytes"))
            }
        }
        // Counted before, so that a report that overtakes the call never finds nothing outstanding.
        let accepted = core.accepted.load(ordering: .relaxed)
        core.accepted.store(accepted + 1, ordering: .releasing)
        let error = slots.produce(
            core.client.pointer, topic: topic.pointer, key: key, value: value, timestamp: timestampMilliseconds,
            opaque: opaque, headers: list)
        guard let error else { return .accepted }
        core.accepted.store(accepted, ordering: .releasing)
        core.noteUncounted()
        if let list { rd_kafka_headers_destroy(list) }
        return outcome(of: error)
    }

    private func outcome(of errorObject: OpaquePointer) -> ProduceOutcome {
        let error = KafkaError(consuming: errorObject)
        switch error.code {
        case .localQueueFull: return .queueFull
        case .localFatal: return .refused(core.queryFatalError() ?? error)
        default: return .refused(error)
        }
    }

    /// Sends what is queued without waiting for `linger.ms` any longer: for a producing side that has nothing more to add right now.
    /// Returns at once; callable from any thread.
    public func sendNow() {
        core.sendNow()
    }

    // MARK: State

    /// Accepted messages that were not reported yet.
    public var outstanding: Int { core.outstanding }

    /// What ended this producer's life, nil while it is usable.
    public var fatalError: KafkaError? { core.fatalError }

    /// Waits until nothing is outstanding, its handler calls included; false when the time is over. Not for the delivery thread.
    public func waitUntilDrained(timeoutMilliseconds: Int) -> Bool {
        core.waitUntilDrained(timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Gives up every message that is queued or in flight; each is reported as failed soon after, those in flight as possibly
    /// persisted. Produce again only after `waitUntilDrained`: what is offered meanwhile may be purged as well.
    public func purge() {
        guard !core.isClosed else { return }
        core.purge()
    }

    /// Purges what is outstanding, serves its reports, ends the delivery thread and destroys the client. No thread may be inside
    /// `produce`. Later calls return at once.
    ///
    /// - Parameter timeoutMilliseconds: bounds the whole. A client that is not gone by then goes later, on its own thread.
    /// - Returns: false when time ran out.
    @discardableResult
    public func close(timeoutMilliseconds: Int = 5_000) -> Bool {
        let deadline = MonotonicTime.now() + Int64(timeoutMilliseconds) * 1_000_000
        func remaining() -> Int { Int(max(0, (deadline - MonotonicTime.now()) / 1_000_000)) }
        if !core.isClosed, core.outstanding > 0 {
            core.purge()
            _ = core.waitUntilDrained(timeoutMilliseconds: remaining())
        }
        core.stop()
        // At least a moment for the thread even when the time went into serving reports.
        guard core.waitUntilFinished(timeoutMilliseconds: max(100, remaining())) else { return false }
        thread.join()
        return true
    }
}
