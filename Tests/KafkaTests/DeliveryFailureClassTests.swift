import Kafka
import Testing

@Suite struct `Delivery failure class` {
    @Test(arguments: [
        (KafkaError.Code.messageSizeTooLarge, "MSG_SIZE_TOO_LARGE", DeliveryFailureClass.poison),
        (.recordListTooLarge, "RECORD_LIST_TOO_LARGE", .poison),
        (.invalidMessageSize, "INVALID_MSG_SIZE", .poison),
        (.corruptMessage, "INVALID_MSG", .poison),
        (.invalidRecord, "INVALID_RECORD", .poison),
        (.invalidTimestamp, "INVALID_TIMESTAMP", .poison),
        (.topicException, "TOPIC_EXCEPTION", .poison),
        (.unknownTopicOrPartition, "UNKNOWN_TOPIC_OR_PART", .poison),
        (.localUnknownTopic, "_UNKNOWN_TOPIC", .poison),
        (.localUnknownPartition, "_UNKNOWN_PARTITION", .poison),
        (.topicAuthorizationFailed, "TOPIC_AUTHORIZATION_FAILED", .poison),
        (.policyViolation, "POLICY_VIOLATION", .poison),
        (.unsupportedForMessageFormat, "UNSUPPORTED_FOR_MESSAGE_FORMAT", .poison),
        (.localBadMessage, "_BAD_MSG", .poison),
        (.localPurgedFromQueue, "_PURGE_QUEUE", .purged),
        (.localPurgedInFlight, "_PURGE_INFLIGHT", .purged),
        (.localFatal, "_FATAL", .producer),
        (.localFenced, "_FENCED", .producer),
        (.localGaplessGuarantee, "_GAPLESS_GUARANTEE", .producer),
        (.localInconsistent, "_INCONSISTENT", .producer),
        (.localState, "_STATE", .producer),
        (.localTransport, "_TRANSPORT", .producer),
        (.localMessageTimedOut, "_MSG_TIMED_OUT", .producer),
        (.localTimedOutInQueue, "_TIMED_OUT_QUEUE", .producer),
        (.localAuthentication, "_AUTHENTICATION", .producer),
        (.localAllBrokersDown, "_ALL_BROKERS_DOWN", .producer),
        (.localSystemResource, "_CRIT_SYS_RESOURCE", .producer),
        (.localResolve, "_RESOLVE", .producer),
        (.localSSL, "_SSL", .producer),
        (.localDestroy, "_DESTROY", .producer),
        (.outOfOrderSequenceNumber, "OUT_OF_ORDER_SEQUENCE_NUMBER", .producer),
        (.duplicateSequenceNumber, "DUPLICATE_SEQUENCE_NUMBER", .producer),
        (.invalidProducerEpoch, "INVALID_PRODUCER_EPOCH", .producer),
        (.unknownProducerID, "UNKNOWN_PRODUCER_ID", .producer),
        (.producerFenced, "PRODUCER_FENCED", .producer),
        (.clusterAuthorizationFailed, "CLUSTER_AUTHORIZATION_FAILED", .producer),
        (.notEnoughReplicas, "NOT_ENOUGH_REPLICAS", .producer),
        (.kafkaStorageError, "KAFKA_STORAGE_ERROR", .producer),
        (.saslAuthenticationFailed, "SASL_AUTHENTICATION_FAILED", .producer),
    ])
    func `every code has the library's name and one class`(code: KafkaError.Code, name: String, expected: DeliveryFailureClass) {
        #expect(code.name == name)
        #expect(DeliveryFailureClass(code) == expected)
    }

    @Test func `an unknown code asks for a new producer and can be shown`() {
        let code = KafkaError.Code(rawValue: 31_999)
        #expect(DeliveryFailureClass(code) == .producer)
        #expect(!KafkaError(code: code).description.isEmpty)
    }
}
