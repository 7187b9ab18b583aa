internal import CRDKafka

/// Turns a delivery event of librdkafka into ``DeliveryReports``, in buffers that are reused: nothing is allocated for a delivered
/// message. Used by the delivery thread alone.
///
/// A success without an offset is reported as a failure (`_INCONSISTENT`). librdkafka takes a refused batch as delivered when a later
/// one of its partition was accepted, because the broker would not have accepted that one otherwise. A broker that knows nothing of the
/// producer in that partition yet does accept it (KAFKA-15591; mended in 2026), so the refused batch is in no log: seen with a topic
/// made a moment before, of which the first batch came too early. Only an offset proves that a message was written.
struct DeliveryCollector: ~Copyable {
    /// Messages taken from an event at a time.
    private static let chunk = 1024

    private let messages: UnsafeMutablePointer<UnsafePointer<rd_kafka_message_t>?>
    private var runs: [DeliveryReports.Run] = []
    private var failures: [DeliveryReports.Failure] = []
    private var topicNames: [OpaquePointer: String] = [:]
    /// The last success without an offset, when it was the message before.
    private var unproven: (topic: OpaquePointer?, partition: Int32, offset: Int64)?

    init() {
        messages = .allocate(capacity: Self.chunk)
        messages.initialize(repeating: nil, count: Self.chunk)
    }

    deinit { messages.deallocate() }

    /// Reads all reports of the event; ``reports`` are independent of it then.
    mutating func collect(_ event: OpaquePointer) {
        runs.removeAll(keepingCapacity: true)
        if !failures.isEmpty { failures.removeAll(keepingCapacity: true) }
        unproven = nil
        var opaque: UInt = 0
        var length = 0
        while true {
            let count = rd_kafka_event_message_array(event, messages, Self.chunk)
            guard count > 0 else { break }
            for index in 0..<count {
                guard let message = messages[index] else { continue }
                guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                    noteFailure(message, KafkaError.Code(message.pointee.err))
                    continue
                }
                guard isProven(message) else {
                    noteFailure(message, .localInconsistent)
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

    /// Whether the broker told where the message is. Behind an answer that tells no offset (-1), librdkafka counts on for the other
    /// messages of the batch: 0, 1, 2 are no offsets there.
    private mutating func isProven(_ message: UnsafePointer<rd_kafka_message_t>) -> Bool {
        let offset = message.pointee.offset
        if offset >= 0 {
            guard let last = unproven, last.topic == message.pointee.rkt, last.partition == message.pointee.partition,
                last.offset + 1 == offset
            else {
                unproven = nil
                return true
            }
        }
        unproven = (message.pointee.rkt, message.pointee.partition, offset)
        return false
    }

    private mutating func noteFailure(_ message: UnsafePointer<rd_kafka_message_t>, _ code: KafkaError.Code) {
        failures.append(
            DeliveryReports.Failure(
                opaque: UInt(bitPattern: message.pointee._private),
                code: code,
                persistence: code == .localInconsistent ? .possiblyPersisted : Persistence(rd_kafka_message_status(message)),
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
