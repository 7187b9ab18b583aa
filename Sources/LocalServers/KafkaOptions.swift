/// What a temporary Kafka cluster is to be like.
public struct KafkaOptions: Sendable {
    /// A user of SCRAM-SHA-256 and SCRAM-SHA-512.
    public struct ScramUser: Hashable, Sendable {
        public let name: String
        public let password: String

        public init(name: String, password: String) {
            self.name = name
            self.password = password
        }
    }

    /// Brokers, each of them a controller as well.
    public var brokers = 1
    /// Whether a topic comes into being when a client asks for it, and with how many partitions.
    public var createsTopics = true
    public var partitions = 6
    /// Listeners beside the plain one: SSL, SASL_PLAINTEXT, SASL_SSL. Each broker gets a port for each; keys, mechanisms and users
    /// are told by `properties`, with `listener.name.sasl_ssl.` and so on as prefix.
    public var securedProtocols: [String] = []
    /// Broker properties, over our own.
    public var properties: [String: String] = [:]
    public var scramUsers: [ScramUser] = []
    /// Upper limit of each broker's Java heap. Enough for tests; a measurement of throughput may want more.
    public var heapMegabytes = 384

    public init() {}
}
