/// Configuration of a Kafka client: librdkafka's own keys and values, in the order given; a key given again replaces the value and
/// keeps the place.
public struct KafkaProperties: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One key and its value.
    public struct Property: Hashable, Sendable {
        public let key: String
        public let value: String
    }

    public private(set) var all: [Property] = []

    public init(_ pairs: [(String, String)] = []) {
        for (key, value) in pairs {
            self[key] = value
        }
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        self.init(elements)
    }

    /// The value of a key; setting nil removes it.
    public subscript(key: String) -> String? {
        get { all.first { $0.key == key }?.value }
        set {
            let index = all.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): all[index] = Property(key: key, value: value)
            case (let index?, nil): all.remove(at: index)
            case (nil, let value?): all.append(Property(key: key, value: value))
            case (nil, nil): break
            }
        }
    }

    /// These properties, then the others; where both have a key, the other's value.
    public func merging(_ other: KafkaProperties) -> KafkaProperties {
        var merged = self
        for property in other.all {
            merged[property.key] = property.value
        }
        return merged
    }

    /// Only what it takes to reach the cluster and be let in: the part that every kind of client shares. librdkafka complains
    /// about a producer's keys in a consumer.
    public var connectionOnly: KafkaProperties {
        KafkaProperties(all.filter { Self.isConnectionKey($0.key) }.map { ($0.key, $0.value) })
    }

    private static func isConnectionKey(_ key: String) -> Bool {
        let prefixes = [
            "security.", "sasl.", "ssl.", "enable.ssl.", "enable.sasl.", "socket.", "broker.", "client.", "reconnect.",
            "test.mock.",
        ]
        let names = ["bootstrap.servers", "metadata.broker.list", "enable.ssl.certificate.verification", "debug", "log_level"]
        return names.contains(key) || prefixes.contains { key.hasPrefix($0) }
    }

    /// True for keys whose values are never shown: passwords, private keys, tokens and what holds them.
    public static func isSecret(_ key: String) -> Bool {
        let fragments = ["password", "secret", "token", "key.pem", "ssl.key", "keystore", "sasl.oauthbearer.config", "jaas"]
        let harmless = ["ssl.key.location", "ssl.keystore.location", "sasl.oauthbearer.token.endpoint.url"]
        return !harmless.contains(key) && fragments.contains { key.contains($0) }
    }
}

extension KafkaProperties {
    /// What the relay's producer wants unless it is configured otherwise: no loss and no reordering on retries (idempotence,
    /// acks of all replicas, no expiry of queued messages), the partitions of a Java client (murmur2), small latency (1 ms of
    /// linger, no Nagle delay), and a queue bounded to 20,000 messages and 16 MiB.
    public static let producerDefaults: KafkaProperties = [
        "enable.idempotence": "true",
        "acks": "all",
        "message.timeout.ms": "0",
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
        "linger.ms": "1",
        "queue.buffering.max.messages": "20000",
        "queue.buffering.max.kbytes": "16384",
        "socket.nagle.disable": "true",
        "socket.keepalive.enable": "true",
    ]
}
