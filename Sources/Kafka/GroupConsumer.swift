internal import CRDKafka
internal import ServiceRuntime
public import Telemetry

/// A member of a consumer group: subscribes to topics and reads, one record at a time, what the group gives to it.
///
/// Nothing is committed by itself, and no partition is taken or given back by itself: ``poll(timeoutMilliseconds:)`` reports a
/// rebalance as a step, and the caller answers with ``assign(_:)`` or ``unassign()`` when it is ready. Until then the group waits
/// (`max.poll.interval.ms`, a minute unless configured); heartbeats go on by themselves.
///
/// Threads: one thread uses it, from its making to ``close(within:)``; only ``waker`` may be used by others. What librdkafka 2.0.2
/// gets wrong is avoided: records are polled one by one (its batch call skips offsets around pause and resume), partitions are
/// assigned eagerly by range, and only what is paused is resumed.
public final class GroupConsumer {
    /// What a poll met.
    public enum Step: Sendable {
        /// The next record of a partition.
        case record(Record, TopicPartition)
        /// The time is over, or the wait was ended by the waker.
        case nothing
        /// Trouble with a topic, a broker, the group or a commit. The client goes on by itself, unless the error is fatal.
        case error(KafkaError)
        /// The group gives these partitions, all that it gives; ``GroupConsumer/assign(_:)`` begins to read them.
        case assigned([TopicPartition])
        /// The group wants all partitions back; ``GroupConsumer/unassign()`` gives them, after the last commit.
        case revoked([TopicPartition])
        /// The group has taken all partitions already and may have given them to others: nothing can be committed. To be answered
        /// with ``GroupConsumer/unassign()``.
        case lost([TopicPartition])
    }

    /// Before the caller's properties.
    private static let defaults: KafkaProperties = [
        "isolation.level": "read_committed", "socket.nagle.disable": "true", "socket.keepalive.enable": "true",
        "auto.offset.reset": "earliest", "queued.max.messages.kbytes": "32768",
    ]

    /// In place of the caller's: what offsets mean here depends on them.
    private static let fixed: KafkaProperties = [
        "enable.auto.commit": "false", "enable.auto.offset.store": "false", "enable.partition.eof": "false",
        "partition.assignment.strategy": "range",
    ]

    /// librdkafka's `session.timeout.ms` unless it is configured.
    private static let librarySessionMilliseconds: Int64 = 45_000

    /// The name of the group.
    public let group: String
    /// For other threads.
    public let waker: GroupWaker

    /// The `max.poll.interval.ms` in force: how long the group waits for a member that owes it something, and how long this one's
    /// own request to join waits for an answer.
    public let maximumPollMilliseconds: Int64

    private let client: ClientHandle
    private let events: GroupEvents
    private var names = TopicNames()
    private var paused: Set<TopicPartition> = []
    private var isClosed = false

    /// Subscribes; the first partitions come with a later ``Step/assigned(_:)``.
    ///
    /// - Parameters:
    ///   - properties: librdkafka's; a producer's keys are left out.
    ///   - instance: a name of this member that stays the same over restarts (static membership): a short absence moves no
    ///     partitions. nil: the group gives a name to each new member.
    /// - Throws: a property that librdkafka refuses, or a subscription that it refuses.
    public init(
        properties: KafkaProperties, group: String, topics: [String], instance: String?, logger: Logger
    ) throws(KafkaError) {
        var own = Self.defaults.merging(properties.forConsumer).merging(Self.fixed)
        // A killed member's partitions stand still for this long. A static one is meant to come back within its session instead.
        if instance == nil, own["session.timeout.ms"] == nil { own["session.timeout.ms"] = "10000" }
        // The group's rebalances end after this, whoever they wait for; librdkafka's 5 minutes are for callers that work between two
        // polls. It may not be shorter than the session.
        let session = own["session.timeout.ms"].flatMap { Int64($0) } ?? Self.librarySessionMilliseconds
        let maximumPoll = own["max.poll.interval.ms"].flatMap { Int64($0) } ?? max(60_000, session)
        if own["max.poll.interval.ms"] == nil { own["max.poll.interval.ms"] = String(maximumPoll) }
        own["group.id"] = group
        own["group.instance.id"] = instance
        let events = GroupEvents()
        client = try ClientHandle(RD_KAFKA_CONSUMER, own, logger: logger, group: events)
        rd_kafka_poll_set_consumer(client.pointer)
        guard let queue = rd_kafka_queue_get_consumer(client.pointer) else { throw KafkaError(code: .localSystemResource) }
        self.group = group
        maximumPollMilliseconds = maximumPoll
        self.events = events
        waker = GroupWaker(queue)
        let list = PartitionList(topics.map { TopicPartition($0, Int32(RD_KAFKA_PARTITION_UA)) })
        let status = rd_kafka_subscribe(client.pointer, list.pointer)
        guard status == RD_KAFKA_RESP_ERR_NO_ERROR else {
            waker.close()
            throw KafkaError(code: KafkaError.Code(status))
        }
    }

    deinit { close(within: 0) }

    /// How many commits failed that nobody waited for.
    public var failedCommits: Int { events.failedCommits }

    /// Whether the group waits for our answer to its last ``Step/assigned(_:)``, ``Step/revoked(_:)`` or ``Step/lost(_:)``. As long as
    /// it does it learns of no later rebalance here, and no other member gets anything new.
    public var owesAnswer: Bool { events.owesAnswer }

    /// The next thing that happened, at once when there is one, else within the timeout.
    public func poll(timeoutMilliseconds: Int) -> Step {
        guard !isClosed else { return .error(KafkaError(code: .localDestroy)) }
        if let step = events.next() { return step }
        guard let message = rd_kafka_consumer_poll(client.pointer, Int32(clamping: timeoutMilliseconds)) else {
            return events.next() ?? .nothing
        }
        defer { rd_kafka_message_destroy(message) }
        let code = KafkaError.Code(message.pointee.err)
        guard code == .noError, let topic = message.pointee.rkt else {
            let text = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? code.text
            return .error(KafkaError(of: client.pointer, code, client.log.redacted(text)))
        }
        let record = RawRecord(message).copy(topic: names.name(of: topic))
        return .record(record, TopicPartition(record.topic, record.partition))
    }

    // MARK: Partitions

    /// Begins to read these partitions, and only these: the answer to ``Step/assigned(_:)``.
    ///
    /// - Parameter starts: the offset of the first record wanted; nil: the committed offset, and the oldest record when none is.
    public func assign(_ starts: [(partition: TopicPartition, offset: Int64?)]) throws(KafkaError) {
        try checkOpen()
        let list = PartitionList(starts.map { ($0.partition, $0.offset ?? Int64(RD_KAFKA_OFFSET_STORED)) })
        try check(rd_kafka_assign(client.pointer, list.pointer))
        events.noteAnswer()
        paused = []
    }

    /// Reads nothing any more: the answer to ``Step/revoked(_:)`` and ``Step/lost(_:)``, once nothing of these partitions is being
    /// worked on.
    public func unassign() throws(KafkaError) {
        try checkOpen()
        // A pause would outlive the assignment inside librdkafka. A partition that is gone cannot be resumed, nor does it need to be.
        _ = try? resume(Array(paused))
        paused = []
        try check(rd_kafka_assign(client.pointer, nil))
        events.noteAnswer()
    }

    /// Stops to hand out records of these partitions; what was fetched of them is dropped and fetched again later. ``poll`` goes on
    /// to be called, else the group takes this member for dead.
    public func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        try checkOpen()
        let wanted = partitions.filter { !paused.contains($0) }
        guard !wanted.isEmpty else { return }
        let list = PartitionList(wanted)
        try check(rd_kafka_pause_partitions(client.pointer, list.pointer), list.error)
        paused.formUnion(wanted)
    }

    /// Hands out records of these partitions again, from where it stopped. Partitions that are not paused are left alone.
    public func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        try checkOpen()
        let wanted = partitions.filter { paused.contains($0) }
        guard !wanted.isEmpty else { return }
        let list = PartitionList(wanted)
        try check(rd_kafka_resume_partitions(client.pointer, list.pointer), list.error)
        paused.subtract(wanted)
    }

    public var pausedPartitions: Set<TopicPartition> { paused }

    // MARK: Offsets

    /// Tells the group from where these partitions are to be read by whoever has them next.
    ///
    /// - Parameters:
    ///   - offsets: of the first record that is not done, for each partition.
    ///   - isSynchronous: whether to wait for the answer. Without, a failure comes as a later ``Step/error(_:)`` and is counted.
    /// - Throws: what the coordinator or librdkafka answered; `_TIMED_OUT` after the timeout, when the commit may still happen.
    public func commit(
        _ offsets: [(TopicPartition, Int64)], isSynchronous: Bool, timeoutMilliseconds: Int = 10_000
    ) throws(KafkaError) {
        try checkOpen()
        guard !offsets.isEmpty else { return }
        // librdkafka 2.0.2 would send it without a member's name, and a static member be told that another took its place, for good.
        guard rd_kafka_assignment_lost(client.pointer) == 0 else {
            throw KafkaError(code: KafkaError.Code(RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST))
        }
        let list = PartitionList(offsets.map { (place: $0.0, offset: $0.1) })
        guard isSynchronous else {
            let status = rd_kafka_commit_queue(
                client.pointer, list.pointer, waker.queue,
                { _, status, list, opaque in
                    guard let opaque else { return }
                    let failed = PartitionList.elements(of: list).lazy.compactMap(\.error).first
                    Unmanaged<GroupEvents>.fromOpaque(opaque).takeUnretainedValue().noteCommit(KafkaError.Code(status), failed)
                }, Unmanaged.passUnretained(events).toOpaque())
            return try check(status)
        }
        guard let answers = rd_kafka_queue_new(client.pointer) else { throw KafkaError(code: .localSystemResource) }
        defer { rd_kafka_queue_destroy(answers) }
        // No callback: the answer is polled as an event.
        try check(rd_kafka_commit_queue(client.pointer, list.pointer, answers, nil, nil))
        guard let answer = rd_kafka_queue_poll(answers, Int32(clamping: timeoutMilliseconds)) else {
            throw KafkaError(code: .localTimedOut)
        }
        defer { rd_kafka_event_destroy(answer) }
        let failed = PartitionList.elements(of: rd_kafka_event_topic_partition_list(answer)).lazy.compactMap(\.error).first
        let code = rd_kafka_event_error(answer)
        try check(code == RD_KAFKA_RESP_ERR__NO_OFFSET ? RD_KAFKA_RESP_ERR_NO_ERROR : code, failed)
    }

    /// What the group has committed; a partition without a committed offset is absent.
    public func committed(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int = 10_000
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        try checkOpen()
        return try client.committed(partitions, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// What a partition holds now, asked of its leader; also while it is paused. The end honours read_committed.
    public func bounds(_ partition: TopicPartition, timeoutMilliseconds: Int = 10_000) throws(KafkaError) -> PartitionBounds {
        guard let found = try bounds([partition], timeoutMilliseconds: timeoutMilliseconds)[partition] else {
            throw KafkaError(code: .localUnknownPartition)
        }
        return found
    }

    /// The same of several partitions, by two requests to each leader.
    public func bounds(
        _ partitions: [TopicPartition], timeoutMilliseconds: Int = 10_000
    ) throws(KafkaError) -> [TopicPartition: PartitionBounds] {
        try checkOpen()
        return try client.bounds(partitions, timeoutMilliseconds: timeoutMilliseconds)
    }

    /// The end of a partition as of its last fetch, without asking anybody; nil before the first fetch. Transactions that are still
    /// open are counted.
    public func cachedHighWatermark(_ partition: TopicPartition) -> Int64? {
        guard !isClosed else { return nil }
        var low: Int64 = 0
        var high: Int64 = 0
        let status = rd_kafka_get_watermark_offsets(client.pointer, partition.topic, partition.partition, &low, &high)
        return status == RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0 ? high : nil
    }

    // MARK: End

    /// Leaves the group and ends the client; partitions still assigned are given back, uncommitted work is another member's.
    ///
    /// It is done on a thread of its own, because librdkafka 2.0.2 can hang here; after the deadline that thread is left behind.
    /// - Returns: whether it ended in time. Later calls return true.
    @discardableResult
    public func close(within milliseconds: Int) -> Bool {
        guard !isClosed else { return true }
        isClosed = true
        let owesAnswer = events.beginClosing()
        waker.close()
        let done = Milestone()
        let isDone = DoneFlag()
        do throws(SystemError) {
            let client = client
            _ = try OwnedThread.start(name: "kafka-leave") {
                // Without its answer the group would wait for ever.
                if owesAnswer { rd_kafka_assign(client.pointer, nil) }
                rd_kafka_consumer_close(client.pointer)
                client.destroy()
                isDone.set()
                done.announce()
            }
        } catch {
            client.destroy()
            return true
        }
        return done.wait(timeoutMilliseconds: milliseconds) { isDone.isSet }
    }

    private func checkOpen() throws(KafkaError) {
        if isClosed { throw KafkaError(code: .localDestroy) }
    }

    private func check(_ status: rd_kafka_resp_err_t, _ partitionError: KafkaError? = nil) throws(KafkaError) {
        guard status == RD_KAFKA_RESP_ERR_NO_ERROR else { throw KafkaError(code: KafkaError.Code(status)) }
        if let partitionError { throw partitionError }
    }
}
