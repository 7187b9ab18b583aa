internal import CRDKafka

/// Turns a delivery event of librdkafka into ``DeliveryReports``, in buffers that are reused: nothing is allocated for a delivered
/// message. Used by the delivery thread alone.
struct DeliveryCollector: ~Copyable {
    /// Messages taken from an event at a time.
    private static let chunk = 1024

    private let messages: UnsafeMutablePointer<UnsafePointer<rd_kafka_message_t>?>
    private var runs: [DeliveryReports.Run] = []
    private var failures: [DeliveryReports.Failure] = []
    private var topicNames: [OpaquePointer: String] = [:]

    init() {
        messages = .allocate(capacity: Self.chunk)
        messages.initialize(repeating: nil, count: Self.chunk)
    }

    deinit { messages.deallocate() }

    /// Reads all reports of the event; ``reports`` are independent of it then.
    mutating func collect(_ event: OpaquePointer) {
        runs.removeAll(keepingCapacity: true)
        if !failures.isEmpty { failures.removeAll(keepingCapacity: true) }
        var opaque: UInt = 0
        var length = 0
        while true {
            let count = rd_kafka_event_message_array(event, messages, Self.chunk)
            guard count > 0 else { break }
            for index in 0..<count {
                guard let message = messages[index] else { continue }
                guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                    noteFailure(message)
                    continue
                }
                let next = UInt(bitPattern: message.pointee._private)
                if next != opaque, length > 0 {
                    runs.append(DeliveryReports.Run(opaque: opaque, count: length))
                    length = 0
                }
                opaque = next
                length += 1
            }
        }
        if length > 0 { runs.append(DeliveryReports.Run(opaque: opaque, count: length)) }
    }

    /// What was collected last. Gone before the next event is collected, or the buffers are copied.
    var reports: DeliveryReports { DeliveryReports(runs: runs, failures: failures) }

    private mutating func noteFailure(_ message: UnsafePointer<rd_kafka_message_t>) {
        failures.append(
            DeliveryReports.Failure(
                opaque: UInt(bitPattern: message.pointee._private),
                code: KafkaError.Code(message.pointee.err),
                persistence: Persistence(rd_kafka_message_status(message)),
                topic: message.pointee.rkt.map { name(of: $0) } ?? "",
                partition: message.pointee.partition))
    }

    private mutating func name(of topic: OpaquePointer) -> String {
        if let known = topicNames[topic] { return known }
        let name = String(cString: rd_kafka_topic_name(topic))
        topicNames[topic] = name
        return name
    }
}

extension Persistence {
    init(_ status: rd_kafka_msg_status_t) {
        switch status {
        case RD_KAFKA_MSG_STATUS_NOT_PERSISTED: self = .notPersisted
        case RD_KAFKA_MSG_STATUS_PERSISTED: self = .persisted
        default: self = .possiblyPersisted
        }
    }
}
