import CommandLineKit
import OutboxModel
import RelayCore

/// Makes the event anew out of a letter whose row is gone, as far as the letter tells.
///
/// What it does not tell: the aggregate id, when the row had a partition_key (the key stands in for it), created_at (the time of
/// the failure stands in) and the envelope's version (1).
enum DeadLetterRebuild {
    static let note = "rebuilt from the letter: aggregate id, time and version are guessed from its key and headers"

    /// - Parameters:
    ///   - destination: the topic, prefix included.
    ///   - payloadType: OID of the table's payload column: a bytea travels as text in a letter.
    static func message(
        _ letter: DeadLetter, to destination: String, options: RelayOptions, payloadType: UInt32
    ) throws(OperationError) -> Result<EventMessage, Rejection> {
        if letter.omittedPayload != nil {
            return .failure(Rejection(.payloadMissing, "the row is gone and the letter's payload was left out"))
        }
        let routing: RoutingPolicy
        do throws(RoutingPolicyError) {
            routing = try RoutingPolicy(defaultTopic: nil, deadLetterTopic: options.routing.deadLetterTopic)
        } catch { throw OperationError("\(error)") }
        var values: [(role: ColumnRole, value: [UInt8]?)] = [
            (.id, letter.eventID.map { Array($0.utf8) }), (.aggregateType, letter.aggregateType.map { Array($0.utf8) }),
            (.aggregateID, letter.key), (.eventType, letter.eventType.map { Array($0.utf8) }),
            (.topic, Array(destination.utf8)), (.payload, letter.payload),
            (.createdAt, Array(TimePoint.text(letter.failedAt).utf8)),
        ]
        let headers = letter.rowHeaders
        if !headers.isEmpty {
            let object = JSONValue.object(
                headers.map { .init($0.name, JSONValue($0.value.map { String(decoding: $0, as: UTF8.self) })) })
            values.append((.headers, Array(object.render().utf8)))
        }
        return try RowComposer(options, routing: routing).message(values, payloadType: payloadType)
    }
}
