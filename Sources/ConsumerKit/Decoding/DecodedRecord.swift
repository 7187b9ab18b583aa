/// What a record turned out to be.
public enum DecodedRecord: Sendable {
    /// An event that the consumer handles.
    case event(ConsumedEvent)
    /// An event of a type that the consumer does not handle: done without a claim.
    case passedOver
    /// Nothing that a consumer can use: a dead letter.
    /// - reason: a sentence without payload, key or value.
    /// - eventID: as far as the record tells one.
    case undecodable(reason: String, eventID: String?)
}
