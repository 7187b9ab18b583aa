/// What librdkafka is given: our defaults, what users may change, and what they may not because a promise depends on it.
enum KafkaProperties {
    /// In the order they are set.
    static let defaults: [(String, String)] = [
        ("client.id", "outbox-relay"),
        ("enable.idempotence", "true"),
        ("acks", "all"),
        ("message.timeout.ms", "0"),
        ("compression.type", "lz4"),
        ("partitioner", "murmur2_random"),
        ("linger.ms", "10"),
        ("socket.nagle.disable", "true"),
        ("socket.keepalive.enable", "true"),
        ("topic.metadata.propagation.max.ms", "5000"),
    ]

    /// What a property's value does.
    enum Verdict: Equatable {
        case fine
        case warning(String)
        case refused(String, allowed: String)
    }

    /// The one name of a property that librdkafka knows under several (its CONFIGURATION.md, "Alias for").
    static func canonicalName(_ name: String) -> String { aliases[name] ?? name }

    /// Whether a value keeps the promises.
    /// - Parameter name: canonical.
    static func verdict(on name: String, value: String) -> Verdict {
        if value.utf8.contains(0) { return .refused("holds a zero byte", allowed: "text") }
        if name.hasPrefix("queue.buffering.") {
            return name == "queue.buffering.max.ms"
                ? .refused("has two names", allowed: "kafka.linger.ms")
                : .refused("the relay bounds the queue itself", allowed: "in.flight.events and in.flight.bytes")
        }
        switch name {
        case "enable.idempotence":
            return isTrue(value) ? .fine : .refused("without it a retry breaks the order and repeats events", allowed: "true")
        case "acks":
            return value == "all" || value == "-1"
                ? .fine
                : .refused("an event would count as published that one broker alone holds and can lose", allowed: "all, -1")
        case "message.timeout.ms":
            return Int(value) == 0
                ? .fine : .refused("events would be given up after that time, with a gap in the order", allowed: "0")
        case "max.in.flight.requests.per.connection":
            return Int(value).map { (1...5).contains($0) } == true
                ? .fine : .refused("an idempotent producer keeps the order of at most 5 requests", allowed: "1 to 5")
        case "message.send.max.retries":
            return Int(value).map { $0 > 0 } == true
                ? .fine : .refused("an idempotent producer has to be able to retry", allowed: "1 and more")
        case "enable.gapless.guarantee":
            return .refused("the relay switches it itself, to keep the order behind a refused message", allowed: "unset")
        case "queuing.strategy":
            return value == "fifo" ? .fine : .refused("events would leave in another order", allowed: "fifo")
        case "delivery.report.only.error":
            return isTrue(value)
                ? .refused("without reports of success no position could be confirmed", allowed: "false") : .fine
        case "transactional.id":
            return .refused(
                "transactions belong to delivery=exactly-once, which does not exist in this version", allowed: "unset")
        case "enabled_events":
            return .refused("the relay chooses librdkafka's events itself", allowed: "unset")
        case "partitioner" where value != "murmur2_random":
            return .warning(
                "kafka.partitioner: a key no longer lands in the partition where Java's producers put it"
            )
        default:
            return .fine
        }
    }

    private static let aliases = [
        "metadata.broker.list": "bootstrap.servers",
        "request.required.acks": "acks",
        "delivery.timeout.ms": "message.timeout.ms",
        "compression.codec": "compression.type",
        "sasl.mechanism": "sasl.mechanisms",
        "retries": "message.send.max.retries",
        "max.in.flight": "max.in.flight.requests.per.connection",
    ]

    private static func isTrue(_ value: String) -> Bool {
        ["true", "t", "1"].contains(value.lowercased())
    }
}
