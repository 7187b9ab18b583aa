import Foundation
import OutboxModel
import PgOutput

/// A Kafka message copied out of the encoder.
struct TestMessage {
    struct Header: Equatable {
        let name: String
        let value: String?
    }

    let topic: String?
    let topicID: TopicID
    let key: [UInt8]?
    let value: [UInt8]?
    let eventID: String
    let headers: [Header]
    let encodedSize: Int

    init(_ event: EncodedEvent, of encoder: borrowing EventEncoder) {
        let bytes = encoder.withUnsafeBytes { Array($0) }
        topic = encoder.topicName(event.topic)
        topicID = event.topic
        key = event.key.map { Array(bytes[$0]) }
        value = event.value.map { Array(bytes[$0]) }
        eventID = String(decoding: bytes[event.eventID], as: UTF8.self)
        headers = (0..<encoder.headerCount).map { index in
            let header = encoder.header(at: index)
            // C takes the name by its terminator.
            precondition(bytes[header.name.upperBound] == 0 && !bytes[header.name].contains(0))
            return Header(
                name: String(decoding: bytes[header.name], as: UTF8.self),
                value: header.value.map { String(decoding: bytes[$0], as: UTF8.self) })
        }
        encodedSize = event.encodedSize
    }

    var keyText: String? { key.map { String(decoding: $0, as: UTF8.self) } }

    var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }

    /// The value as Foundation reads it.
    func object() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(value ?? [])) as? [String: Any] ?? [:]
    }

    subscript(header name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

enum TestOutcome {
    case message(TestMessage)
    case rejected(Rejection)

    /// Encodes with an encoder of its own.
    init(
        _ row: TestRow, format: MessageFormat = .envelope, commitTime: Int64 = 0, routing: RoutingPolicy? = nil
    ) throws {
        let routing = try routing ?? RoutingPolicy(defaultTopic: "default.events", deadLetterTopic: "deadletter.events")
        var encoder = EventEncoder(format: format, routing: routing)
        let outcome = encoder.encode(row.tuple, in: row.bytes.span.bytes, map: try row.map(), commitTime: commitTime)
        switch outcome {
        case .event(let event): self = .message(TestMessage(event, of: encoder))
        case .rejected(let rejection): self = .rejected(rejection)
        }
    }

    var message: TestMessage {
        get throws {
            guard case .message(let message) = self else { throw Unexpected() }
            return message
        }
    }

    var code: RejectionCode? {
        guard case .rejected(let rejection) = self else { return nil }
        return rejection.code
    }
}

struct Unexpected: Error {}
