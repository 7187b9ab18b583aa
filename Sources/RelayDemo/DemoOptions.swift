/// What the demo is to do.
public struct DemoOptions: Sendable {
    /// How long orders are written, in seconds.
    public var seconds = 10.0
    /// Committed events per second to aim at.
    public var rate = 500
    /// Whether everything stays up after the verdict, until the stop.
    public var keepsRunning = false
    /// Whether the verdict is printed as JSON on standard output, and everything for people on standard error.
    public var printsJSON = false
    /// An unpacked Apache Kafka; nil: librdkafka's mock broker.
    public var kafkaHome: String?
    /// The variables that the process was started with: PG_BIN is read.
    public var environment: [String: String] = [:]
    /// The folder with the migrations; nil: where `migrate` looks.
    public var migrations: String?
    /// The program whose `run` is shown, as an absolute path.
    public var program = ""

    public init() {}

    /// The topic of the events that other programs consume.
    public static let topic = "order.events"
    /// The topic of those that the fan-out brings to browsers.
    public static let browserTopic = "realtime.events"
}
