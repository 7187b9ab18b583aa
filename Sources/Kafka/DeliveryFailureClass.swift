/// What a failed delivery asks of the relay. Pure: decided by the code alone.
public enum DeliveryFailureClass: String, Hashable, Sendable, CaseIterable {
    /// The broker refuses this message, or another one of its batch, whatever producer sends it: a new producer alone does not
    /// help. Which message is the guilty one the code does not say, because a refusal fails the whole batch.
    case poison
    /// Our own purge took it out; whether it was written in spite of that, its persistence says.
    case purged
    /// The producer or its connection is at fault: a new producer and a replay from the confirmed position help.
    case producer

    public init(_ code: KafkaError.Code) {
        switch code {
        case .messageSizeTooLarge, .recordListTooLarge, .invalidMessageSize, .corruptMessage, .localBadMessage, .invalidRecord,
            .invalidTimestamp, .unsupportedForMessageFormat, .topicException, .unknownTopicOrPartition, .localUnknownTopic,
            .localUnknownPartition, .topicAuthorizationFailed, .policyViolation:
            self = .poison
        case .localPurgedFromQueue, .localPurgedInFlight:
            self = .purged
        default:
            self = .producer
        }
    }
}
