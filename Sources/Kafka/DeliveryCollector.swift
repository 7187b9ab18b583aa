internal import CRDKafka

/// Turns a delivery event of librdkafka into ``DeliveryReports``, in buffers that are reused: nothing is allocated for a delivered
/// message. Used by the delivery thread alone.
struct DeliveryCollector: ~Copyable {
    /// Messages taken from an event at a time.
    static let chunk = 1024

    private let messages: UnsafeMutablePointer<UnsafePointer<rd_kafka_message_t>?>
    private let runs: UnsafeMutablePointer<DeliveryReports.Run>
    private var runCount = 0
    private var failures: [DeliveryReports.Failure] = []
    private var topicNames: [OpaquePointer: String] = [:]

    init() {
        messages = .allocate(capacity: Self.chunk)
        messages.initialize(repeating: nil, count: Self.chunk)
        runs = .allocate(capacity: Self.chunk)
        runs.initialize(repeating: DeliveryReports.Run(opaque: 0, count: 0), count: Self.chunk)
    }

    deinit {
        messages.deallocate()
        runs.deallocate()
    }

    /// Calls `body` for each chunk of the event's reports.
    mutating func collect(_ event: OpaquePointer, _ body: (borrowing DeliveryReports) -> Void) {
        while true {
            let count = rd_kafka_event_message_array(event, messages, Self.chunk)
            guard count > 0 else { return }
            sort(count)
            body(DeliveryReports(runs: UnsafeBufferPointer(start: runs, count: runCount), failures: failures))
        }
    }

    private mutating func sort(_ count: Int) {
        runCount = 0
        if !failures.isEmpty { failures.removeAll(keepingCapacity: true) }
        var opaque: UInt = 0
        var length = 0
        for index in 0..<count {
            guard let message = messages[index] else { continue }
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                noteFailure(message)
                continue
            }
            let next = UInt(bitPattern: message.pointee._private)
            if next != opaque, length > 0 {
                endRun(opaque, length)
                length = 0
            }
            opaque = next
            length += 1
        }
        if length > 0 { endRun(opaque, length) }
    }

    @inline(__always)
    private mutating func endRun(_ opaque: UInt, _ length: Int) {
        runs[runCount] = DeliveryReports.Run(opaque: opaque, count: length)
        runCount += 1
    }

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
