internal import CRDKafka

extension KafkaError {
    /// An error code of the Kafka protocol (0 and above) or of librdkafka (below -1). Codes without a constant here exist and
    /// are valid values.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: Int32

        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        init(_ code: rd_kafka_resp_err_t) {
            rawValue = code.rawValue
        }

        /// The symbol, for instance `UNKNOWN_TOPIC_OR_PART` or `_QUEUE_FULL`.
        public var name: String { String(cString: rd_kafka_err2name(rd_kafka_resp_err_t(rawValue: rawValue))) }

        /// The general text of the code.
        public var text: String { String(cString: rd_kafka_err2str(rd_kafka_resp_err_t(rawValue: rawValue))) }

        public var description: String { name }
    }
}

/// The codes of `rdkafka.h` that this project meets.
extension KafkaError.Code {
    public static let noError = Self(rawValue: 0)
    public static let unknown = Self(rawValue: -1)

    // The broker's answers.
    public static let offsetOutOfRange = Self(rawValue: 1)
    public static let corruptMessage = Self(rawValue: 2)
    public static let unknownTopicOrPartition = Self(rawValue: 3)
    public static let invalidMessageSize = Self(rawValue: 4)
    public static let leaderNotAvailable = Self(rawValue: 5)
    public static let notLeaderForPartition = Self(rawValue: 6)
    public static let requestTimedOut = Self(rawValue: 7)
    public static let messageSizeTooLarge = Self(rawValue: 10)
    public static let topicException = Self(rawValue: 17)
    public static let recordListTooLarge = Self(rawValue: 18)
    public static let notEnoughReplicas = Self(rawValue: 19)
    public static let notEnoughReplicasAfterAppend = Self(rawValue: 20)
    public static let topicAuthorizationFailed = Self(rawValue: 29)
    public static let clusterAuthorizationFailed = Self(rawValue: 31)
    public static let invalidTimestamp = Self(rawValue: 32)
    public static let topicAlreadyExists = Self(rawValue: 36)
    public static let invalidPartitions = Self(rawValue: 37)
    public static let invalidReplicationFactor = Self(rawValue: 38)
    public static let invalidConfig = Self(rawValue: 40)
    public static let unsupportedForMessageFormat = Self(rawValue: 43)
    public static let policyViolation = Self(rawValue: 44)
    public static let outOfOrderSequenceNumber = Self(rawValue: 45)
    public static let duplicateSequenceNumber = Self(rawValue: 46)
    public static let invalidProducerEpoch = Self(rawValue: 47)
    public static let kafkaStorageError = Self(rawValue: 56)
    public static let saslAuthenticationFailed = Self(rawValue: 58)
    public static let unknownProducerID = Self(rawValue: 59)
    public static let invalidRecord = Self(rawValue: 87)
    public static let producerFenced = Self(rawValue: 90)

    // librdkafka's own.
    public static let localBadMessage = Self(rawValue: -199)
    public static let localDestroy = Self(rawValue: -197)
    public static let localFail = Self(rawValue: -196)
    public static let localTransport = Self(rawValue: -195)
    public static let localSystemResource = Self(rawValue: -194)
    public static let localResolve = Self(rawValue: -193)
    public static let localMessageTimedOut = Self(rawValue: -192)
    public static let localPartitionEOF = Self(rawValue: -191)
    public static let localUnknownPartition = Self(rawValue: -190)
    public static let localUnknownTopic = Self(rawValue: -188)
    public static let localAllBrokersDown = Self(rawValue: -187)
    public static let localInvalidArgument = Self(rawValue: -186)
    public static let localTimedOut = Self(rawValue: -185)
    public static let localQueueFull = Self(rawValue: -184)
    public static let localSSL = Self(rawValue: -181)
    public static let localAssignPartitions = Self(rawValue: -175)
    public static let localRevokePartitions = Self(rawValue: -174)
    public static let localState = Self(rawValue: -172)
    public static let localAuthentication = Self(rawValue: -169)
    public static let localNoOffset = Self(rawValue: -168)
    public static let localTimedOutInQueue = Self(rawValue: -166)
    public static let localUnsupportedFeature = Self(rawValue: -165)
    public static let localPurgedFromQueue = Self(rawValue: -152)
    public static let localPurgedInFlight = Self(rawValue: -151)
    public static let localFatal = Self(rawValue: -150)
    public static let localInconsistent = Self(rawValue: -149)
    public static let localGaplessGuarantee = Self(rawValue: -148)
    public static let localAutoOffsetReset = Self(rawValue: -140)
    public static let localFenced = Self(rawValue: -144)
}
