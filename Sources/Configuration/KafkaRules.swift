/// What librdkafka is given by one program: our defaults, and what users may set.
struct KafkaRules: Sendable {
    /// In the order they are set.
    let defaults: [(String, String)]
    /// What a property's value does, by the property's canonical name.
    let verdict: @Sendable (_ name: String, _ value: String) -> KafkaProperties.Verdict

    static let relay = KafkaRules(defaults: KafkaProperties.defaults) { KafkaProperties.verdict(on: $0, value: $1) }

    /// One set of properties for the group's members and for the producer of dead letters.
    static let consumer = KafkaRules(
        defaults: [
            ("client.id", "outbox-consumer"), ("socket.nagle.disable", "true"), ("socket.keepalive.enable", "true"),
            ("isolation.level", "read_committed"),
        ], verdict: consumerVerdict)

    /// For the reader without a group, and for the producer of test messages.
    static let fanout = KafkaRules(
        defaults: [
            ("client.id", "outbox-fanout"), ("socket.nagle.disable", "true"), ("socket.keepalive.enable", "true"),
            ("isolation.level", "read_committed"),
        ], verdict: fanoutVerdict)

    private static func fanoutVerdict(_ name: String, _ value: String) -> KafkaProperties.Verdict {
        switch name {
        case "group.id", "group.instance.id":
            return .refused("every instance reads all partitions, without a group", allowed: "unset")
        case "enable.partition.eof": return .refused("the fan-out chooses librdkafka's events itself", allowed: "unset")
        case "auto.offset.reset":
            return .refused("clients are told to reset when records are gone before they were read", allowed: "unset")
        case "isolation.level" where value != "read_committed":
            return .refused("clients would be sent events of transactions that are rolled back", allowed: "read_committed")
        case "queue.buffering.max.messages", "queue.buffering.max.kbytes": return .fine
        default: return KafkaProperties.verdict(on: name, value: value)
        }
    }

    private static func consumerVerdict(_ name: String, _ value: String) -> KafkaProperties.Verdict {
        switch name {
        case "group.id": return .refused("each consumer has its own group", allowed: "group.prefix")
        case "group.instance.id": return .refused("has a setting of its own", allowed: "group.instance.id without kafka.")
        case "enable.auto.commit", "enable.auto.offset.store", "auto.commit.enable":
            return .refused("offsets are committed once the effects are", allowed: "unset")
        case "enable.partition.eof": return .refused("the consumer chooses librdkafka's events itself", allowed: "unset")
        case "auto.offset.reset" where !["earliest", "smallest", "beginning"].contains(value):
            return .refused("events of a new partition would be passed over", allowed: "earliest")
        case "isolation.level" where value != "read_committed":
            return .refused("events of transactions that were rolled back would take effect", allowed: "read_committed")
        case "partition.assignment.strategy" where value != "range":
            return .refused("librdkafka 2.0.2 loses assignments of other strategies", allowed: "range")
        case "queue.buffering.max.messages", "queue.buffering.max.kbytes": return .fine
        default: return KafkaProperties.verdict(on: name, value: value)
        }
    }
}
