internal import CRDKafka
internal import Glibc
internal import ServiceRuntime
internal import Synchronization
public import Telemetry

/// Questions to the cluster and changes of it, over a client of its own. Calls block for at most their timeout and may come from
/// any thread. The client is destroyed, which takes some milliseconds, when the last reference goes.
public final class Admin: Sendable {
    /// How long an unanswered admin request is taken as the answer to the next ones. librdkafka's mock broker never answers them.
    private static let silenceMilliseconds: Int64 = 60_000

    let client: ClientHandle
    /// Milliseconds of the monotonic clock until which admin requests are not tried again.
    private let silentUntil = Atomic<Int64>(0)
    private let isClosed = Atomic<Bool>(false)

    /// - Parameter properties: those of a producer will do; only what reaches the cluster is taken from them.
    public init(properties: KafkaProperties, logger: Logger) throws(KafkaError) {
        client = try ClientHandle(RD_KAFKA_PRODUCER, properties.connectionOnly, logger: logger)
    }

    /// Refuses every later call. A call under way on another thread still needs the client, so it goes with the last reference.
    public func close() {
        isClosed.store(true, ordering: .releasing)
    }

    // MARK: Metadata

    /// Asks for one topic. Where the broker creates topics by itself (`auto.create.topics.enable`) asking creates a missing one,
    /// unless `creatingMissing` is false; then all topics are listed and searched.
    ///
    /// A broker creates after it has answered that there is no such topic, so a missing one is asked for again during one second
    /// (less when the timeout is shorter) before it is taken as missing.
    ///
    /// Throws when no broker answers. A topic that is missing or forbidden is no error of the call: see ``TopicMetadata/error``.
    public func metadata(
        topic name: String, creatingMissing: Bool = true, timeoutMilliseconds: Int
    ) throws(KafkaError) -> TopicMetadata {
        try checkOpen()
        if creatingMissing { return try metadataOfCreated(name, timeoutMilliseconds) }
        return try topics(timeoutMilliseconds: timeoutMilliseconds).first { $0.name == name }
            ?? TopicMetadata(name: name, partitions: [], error: KafkaError(code: .unknownTopicOrPartition))
    }

    private func metadataOfCreated(_ name: String, _ timeoutMilliseconds: Int) throws(KafkaError) -> TopicMetadata {
        let patience = MonotonicTime.now() + Int64(min(timeoutMilliseconds, 1_000)) * 1_000_000
        while true {
            let topic = try client.metadata(ofTopic: name, timeoutMilliseconds: timeoutMilliseconds)
            let isPending = topic.error?.code == .unknownTopicOrPartition || topic.error?.code == .leaderNotAvailable
            guard isPending, MonotonicTime.now() < patience else { return topic }
            usleep(50_000)
        }
    }

    /// Whether the leader of every partition serves it. Metadata names a leader before that one has made the partition, and what is
    /// produced in between is refused; of two batches on their way the second may be taken then. Asks for the ends of the partitions,
    /// which only a leader that serves them tells.
    ///
    /// Throws what the leaders answered; `_TIMED_OUT` when one did not answer in time.
    public func leadersAnswer(topic: String, partitions: [Int32], timeoutMilliseconds: Int) throws(KafkaError) {
        try checkOpen()
        _ = try client.endOffsets(topic: topic, partitions: partitions, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// All topics that we may see, internal ones included.
    public func topics(timeoutMilliseconds: Int) throws(KafkaError) -> [TopicMetadata] {
        try checkOpen()
        return try client.withMetadata(allTopics: true, only: nil, timeoutMilliseconds) { ClientHandle.topics($0) }
    }

    /// The brokers of the cluster, by node id. Throws when none answers.
    public func brokers(timeoutMilliseconds: Int) throws(KafkaError) -> [BrokerAddress] {
        try checkOpen()
        return try client.withMetadata(allTopics: false, only: nil, timeoutMilliseconds) { metadata in
            UnsafeBufferPointer(start: metadata.brokers, count: Int(metadata.broker_cnt))
                .map { BrokerAddress(nodeID: $0.id, host: String(cString: $0.host), port: Int($0.port)) }
                .sorted { $0.nodeID < $1.nodeID }
        }
    }

    /// Returns when a broker answered a request; throws `_TRANSPORT` or `_TIMED_OUT` when none did in time.
    public func clusterReachable(timeoutMilliseconds: Int) throws(KafkaError) {
        _ = try brokers(timeoutMilliseconds: timeoutMilliseconds)
    }

    // MARK: Admin requests

    /// The largest batch in bytes, after compression, that the topic takes: `max.message.bytes`.
    ///
    /// Returns nil when it cannot be found out: not allowed to ask, no such topic, or no answer; after no answer, nil comes at once
    /// for a minute.
    public func topicLimit(_ topic: String, timeoutMilliseconds: Int) -> Int? {
        guard let settings = try? topicSettings(topic, timeoutMilliseconds: timeoutMilliseconds) else { return nil }
        return settings["max.message.bytes"].flatMap { Int($0) }
    }

    /// The settings in force for a topic, defaults included. Throws the broker's refusal, or `_TIMED_OUT`.
    public func topicSettings(_ topic: String, timeoutMilliseconds: Int) throws(KafkaError) -> KafkaProperties {
        try settings(RD_KAFKA_RESOURCE_TOPIC, topic, timeoutMilliseconds)
    }

    /// The settings in force for a broker, `auto.create.topics.enable` among them. Throws the broker's refusal, or `_TIMED_OUT`.
    public func brokerSettings(_ nodeID: Int32, timeoutMilliseconds: Int) throws(KafkaError) -> KafkaProperties {
        try settings(RD_KAFKA_RESOURCE_BROKER, String(nodeID), timeoutMilliseconds)
    }

    private func settings(
        _ type: rd_kafka_ResourceType_t, _ name: String, _ timeoutMilliseconds: Int, onlyOverrides: Bool = false
    ) throws(KafkaError) -> KafkaProperties {
        let resource = rd_kafka_ConfigResource_new(type, name)
        defer { rd_kafka_ConfigResource_destroy(resource) }
        return try request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeoutMilliseconds) { options, queue in
            var resources = [resource]
            rd_kafka_DescribeConfigs(client.pointer, &resources, 1, options, queue)
        } answer: { event throws(KafkaError) in
            try DescribedSettings.read(event, onlyOverrides: onlyOverrides)
        }
    }

    /// Creates topics. Returns what became of each, in the order given: nil when it was created, else the broker's refusal
    /// (TOPIC_ALREADY_EXISTS among them). Throws when the request as a whole failed.
    public func createTopics(_ topics: [NewTopic], timeoutMilliseconds: Int) throws(KafkaError) -> [KafkaError?] {
        var specifications: [OpaquePointer?] = []
        defer { specifications.forEach { rd_kafka_NewTopic_destroy($0) } }
        for topic in topics {
            specifications.append(try CreatedTopics.specification(topic))
        }
        let results = try request(RD_KAFKA_ADMIN_OP_CREATETOPICS, timeoutMilliseconds) { options, queue in
            rd_kafka_CreateTopics(client.pointer, &specifications, specifications.count, options, queue)
        } answer: { event throws(KafkaError) in
            CreatedTopics.read(event)
        }
        return topics.map { results[$0.name] ?? KafkaError(code: .unknown) }
    }

    /// What was set for the topic itself, in contrast to what it has from the brokers. Throws the broker's refusal, or `_TIMED_OUT`.
    public func topicOverrides(_ topic: String, timeoutMilliseconds: Int) throws(KafkaError) -> KafkaProperties {
        try settings(RD_KAFKA_RESOURCE_TOPIC, topic, timeoutMilliseconds, onlyOverrides: true)
    }

    /// Changes settings of a topic; what else was set for it is kept.
    ///
    /// The request that every librdkafka and every broker knows replaces all settings of the topic, so they are read first: of a
    /// change that somebody else makes within the same milliseconds, one of the two is lost.
    public func alterTopic(_ topic: String, settings: KafkaProperties, timeoutMilliseconds: Int) throws(KafkaError) {
        let all = try topicOverrides(topic, timeoutMilliseconds: timeoutMilliseconds).merging(settings)
        let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)
        defer { rd_kafka_ConfigResource_destroy(resource) }
        for setting in all.all {
            let status = rd_kafka_ConfigResource_set_config(resource, setting.key, setting.value)
            guard status == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code: KafkaError.Code(status)) }
        }
        try request(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, timeoutMilliseconds) { options, queue in
            var resources = [resource]
            rd_kafka_AlterConfigs(client.pointer, &resources, 1, options, queue)
        } answer: { event throws(KafkaError) in
            try DescribedSettings.checkAltered(event)
        }
    }

    /// Gives a topic more partitions. Throws the broker's refusal: a topic cannot have fewer than it has.
    ///
    /// - Parameter total: how many it is to have afterwards.
    public func createPartitions(_ topic: String, total: Int, timeoutMilliseconds: Int) throws(KafkaError) {
        var text = [CChar](repeating: 0, count: 256)
        guard let specification = rd_kafka_NewPartitions_new(topic, max(0, total), &text, text.count) else {
            throw KafkaError(code: .localInvalidArgument, message: "topic \"\(topic)\": \(String(nulTerminated: text))")
        }
        defer { rd_kafka_NewPartitions_destroy(specification) }
        let results = try request(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, timeoutMilliseconds) { options, queue in
            var specifications: [OpaquePointer?] = [specification]
            rd_kafka_CreatePartitions(client.pointer, &specifications, 1, options, queue)
        } answer: { event throws(KafkaError) in
            CreatedTopics.readPartitions(event)
        }
        if let refusal = results[topic] ?? KafkaError(code: .unknown) { throw refusal }
    }

    /// Sends one admin request and waits for its answer, which is freed afterwards.
    func request<Value>(
        _ operation: rd_kafka_admin_op_t, _ timeoutMilliseconds: Int,
        send: (_ options: OpaquePointer?, _ queue: OpaquePointer?) -> Void,
        answer: (OpaquePointer) throws(KafkaError) -> Value
    ) throws(KafkaError) -> Value {
        try checkOpen()
        guard MonotonicTime.now() / 1_000_000 >= silentUntil.load(ordering: .relaxed) else {
            throw KafkaError(code: .localTimedOut, message: "the cluster did not answer an admin request a moment ago")
        }
        let options = rd_kafka_AdminOptions_new(client.pointer, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        let timeout = Int32(clamping: max(1, timeoutMilliseconds))
        rd_kafka_AdminOptions_set_request_timeout(options, timeout, nil, 0)
        let queue = rd_kafka_queue_new(client.pointer)
        defer { rd_kafka_queue_destroy(queue) }
        send(options, queue)
        // librdkafka reports its own timeout as an answer; the margin only guards against one that never comes.
        guard let event = rd_kafka_queue_poll(queue, Int32(clamping: Int(timeout) + 2_000)) else { throw silence() }
        defer { rd_kafka_event_destroy(event) }
        let code = KafkaError.Code(rd_kafka_event_error(event))
        guard code == .noError else {
            if code == .localTimedOut { throw silence() }
            let text = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? code.text
            throw KafkaError(code: code, message: client.log.redacted(text))
        }
        return try answer(event)
    }

    private func silence() -> KafkaError {
        silentUntil.store(MonotonicTime.now() / 1_000_000 + Self.silenceMilliseconds, ordering: .relaxed)
        return KafkaError(code: .localTimedOut, message: "the cluster did not answer an admin request in time")
    }

    private func checkOpen() throws(KafkaError) {
        guard !isClosed.load(ordering: .acquiring) else { throw KafkaError(code: .localDestroy) }
    }
}
