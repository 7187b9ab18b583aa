import Glibc
import Kafka
import PostgresClient
import ServiceRuntime
import Telemetry

/// Writes events into a topic as the relay writes them.
final class EnvelopeWriter {
    private let producer: Producer
    private let topic: String

    init(_ topic: String, bootstrap: String) throws {
        self.topic = topic
        producer = try Producer(
            properties: KafkaProperties.producerDefaults.merging(["bootstrap.servers": bootstrap]), logger: .disabled,
            onDelivery: { _ in }, onError: { _ in })
    }

    deinit { producer.close() }

    /// A UUID that is the same for the same number.
    static func id(_ number: Int) -> String {
        let digits = String(number, radix: 16)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }

    static func envelope(_ number: Int, type: String = "E", mode: String = "", occurredAt: String? = nil) -> String {
        let time = occurredAt ?? now()
        return """
            {"event_id":"\(id(number))","occurred_at":"\(time)","aggregate_type":"T","aggregate_id":\(number),\
            "event_type":"\(type)","payload":{"n":\(number),"mode":"\(mode)"},"version":1}
            """
    }

    static func now() -> String {
        var seconds = time(nil)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 40)
        strftime(&text, 40, "%Y-%m-%dT%H:%M:%S.000000Z", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func write(_ numbers: some Sequence<Int>, key: String? = nil, type: String = "E", mode: String = "") throws {
        for number in numbers {
            try put(
                Self.envelope(number, type: type, mode: mode), key: key ?? String(number % 50),
                headers: [("event_id", Array(Self.id(number).utf8)), ("event_type", Array(type.utf8))])
        }
        try flush()
    }

    func put(_ value: String?, key: String?, headers: [(name: String, value: [UInt8]?)] = []) throws {
        let handle = try producer.topic(topic)
        let keyBytes = key.map { Array($0.utf8) }
        let valueBytes = value.map { Array($0.utf8) }
        while true {
            let outcome = HeaderBlock.with(headers) { block in
                EnvelopeWriter.lend(keyBytes) { key in
                    EnvelopeWriter.lend(valueBytes) { value in
                        producer.produce(topic: handle, key: key, value: value, headers: block, opaque: 1)
                    }
                }
            }
            switch outcome {
            case .accepted: return
            case .queueFull: try flush()
            case .refused(let error): throw error
            }
        }
    }

    func flush() throws {
        if !producer.waitUntilDrained(timeoutMilliseconds: 20_000) {
            throw TopicLog.Failure(description: "the broker did not take the events")
        }
    }

    private static func lend<Value>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Value) -> Value {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
}
