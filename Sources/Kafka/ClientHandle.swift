internal import CRDKafka
internal import Synchronization
internal import Telemetry

/// One `rd_kafka_t` and the log bridge that its threads call. `destroy` once everything made from the client is gone.
final class ClientHandle: Sendable {
    /// The client; librdkafka's functions on it may be called from any thread until `destroy`.
    nonisolated(unsafe) let pointer: OpaquePointer
    let log: LogBridge
    private let context: ClientContext
    private let isDestroyed = Atomic<Bool>(false)

    /// - Parameters:
    ///   - events: the `RD_KAFKA_EVENT_` kinds that go to the main queue; 0 for none.
    ///   - group: takes what the callbacks of a consumer group tell; nil: no such callbacks.
    init(
        _ type: rd_kafka_type_t, _ properties: KafkaProperties, logger: Logger, events: Int32 = 0, group: GroupEvents? = nil
    ) throws(KafkaError) {
        let redaction = SecretRedaction(properties)
        let log = LogBridge(logger: logger, redaction: redaction)
        var configuration = ClientConfiguration(redaction: redaction)
        try configuration.apply(properties)
        rd_kafka_conf_set_events(configuration.pointer, events)
        if group != nil { GroupEvents.register(in: configuration.pointer) }
        let context = ClientContext(log: log, group: group)
        let reference = Unmanaged.passRetained(context)
        rd_kafka_conf_set_opaque(configuration.pointer, reference.toOpaque())
        rd_kafka_conf_set_log_cb(configuration.pointer) { client, level, facility, text in
            guard let client, let opaque = rd_kafka_opaque(client), let facility, let text else { return }
            Unmanaged<ClientContext>.fromOpaque(opaque).takeUnretainedValue().log
                .write(level: level, facility: String(cString: facility), text: String(cString: text))
        }
        do throws(KafkaError) {
            pointer = try configuration.makeClient(type)
        } catch {
            reference.release()
            throw error
        }
        self.log = log
        self.context = context
    }

    deinit { destroy() }

    /// Ends the client's threads and connections; unserved delivery reports are dropped. Blocks for milliseconds, longer while a
    /// thread of the client waits for a name server. Later calls do nothing.
    func destroy() {
        guard !isDestroyed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        rd_kafka_destroy(pointer)
        Unmanaged.passUnretained(context).release()
    }
}
