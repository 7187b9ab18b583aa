/// One set of properties configures a consumer and the producer beside it: each takes what is meant for it, because librdkafka
/// complains about the other's keys.
extension KafkaProperties {
    /// Without what only a producer understands.
    public var forConsumer: KafkaProperties { without(Self.producerKeys, Self.producerPrefixes) }

    /// Without what only a consumer understands.
    public var forProducer: KafkaProperties { without(Self.consumerKeys, Self.consumerPrefixes) }

    private func without(_ keys: Set<String>, _ prefixes: [String]) -> KafkaProperties {
        KafkaProperties(
            all.filter { property in !keys.contains(property.key) && !prefixes.contains { property.key.hasPrefix($0) } }
                .map { ($0.key, $0.value) })
    }

    private static let producerPrefixes = ["queue.buffering.", "compression.", "batch.", "sticky.partitioning.", "transaction"]

    private static let producerKeys: Set<String> = [
        "acks", "request.required.acks", "request.timeout.ms", "message.timeout.ms", "delivery.timeout.ms", "partitioner",
        "enable.idempotence", "enable.gapless.guarantee", "linger.ms", "message.send.max.retries", "retries",
        "delivery.report.only.error", "message.copy.max.bytes", "queuing.strategy",
    ]

    private static let consumerPrefixes = ["group.", "fetch.", "queued.", "auto.", "enable.auto.", "offset.store."]

    private static let consumerKeys: Set<String> = [
        "session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy", "coordinator.query.interval.ms",
        "max.poll.interval.ms", "max.partition.fetch.bytes", "isolation.level", "enable.partition.eof", "check.crcs",
        "consume.callback.max.messages",
    ]
}
