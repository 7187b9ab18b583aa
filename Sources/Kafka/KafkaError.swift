internal import CRDKafka

/// What went wrong between this process and Kafka, in Kafka's own codes.
///
/// Texts come from librdkafka, with every configured secret replaced by `***`.
public struct KafkaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Broker codes are 0 and above, librdkafka's own are negative.
    public let code: Code
    /// For people; the code's general text when librdkafka gave no better one.
    public let message: String
    /// The client that reported it must be destroyed; nothing can be produced with it any more.
    public let isFatal: Bool
    /// The same call may succeed when it is repeated.
    public let isRetriable: Bool

    public init(code: Code, message: String, isFatal: Bool = false, isRetriable: Bool = false) {
        self.code = code
        self.message = message
        self.isFatal = isFatal
        self.isRetriable = isRetriable
    }

    /// An error with the code's general text.
    public init(code: Code) {
        self.init(code: code, message: code.text)
    }

    /// The code's symbol, for instance `MSG_SIZE_TOO_LARGE`; librdkafka's own begin with an underscore.
    public var name: String { code.name }

    /// "symbol: text".
    public var description: String { "\(name): \(message)" }
}

extension KafkaError {
    /// What a client reports with a code. `_FATAL` only says that there is a fatal error, which is looked up.
    init(of client: OpaquePointer, _ code: Code, _ text: String) {
        guard code == .localFatal else {
            self.init(code: code, message: text)
            return
        }
        var reason = [CChar](repeating: 0, count: 512)
        let underlying = Code(rd_kafka_fatal_error(client, &reason, reason.count))
        self.init(code: underlying, message: text.isEmpty ? String(nulTerminated: reason) : text, isFatal: true)
    }

    /// Takes over an error object of librdkafka and destroys it.
    init(consuming error: OpaquePointer) {
        self.init(
            code: Code(rd_kafka_error_code(error)),
            message: String(cString: rd_kafka_error_string(error)),
            isFatal: rd_kafka_error_is_fatal(error) != 0,
            isRetriable: rd_kafka_error_is_retriable(error) != 0)
        rd_kafka_error_destroy(error)
    }
}
