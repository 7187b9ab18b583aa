import Drills
import LocalServers
import ServiceRuntime
import TestSupport

/// A stage with the shop's tables and topics, on which the real `outbox-consumer` runs and its commands are given.
final class ShopStage {
    let stage: Stage
    let prefix: String
    private let writers: [String: EnvelopeWriter]
    private var settings: [(key: String, value: String)]
    private(set) var consumer: ConsumerUnderTest?

    init(_ stage: Stage, topics: [String], settings: [(key: String, value: String)] = []) throws {
        self.stage = stage
        prefix = "\(stage.name)."
        self.settings = settings
        try OutboxSchema.applyConsumers(on: stage.sql)
        var writers: [String: EnvelopeWriter] = [:]
        for topic in topics {
            try stage.createTopic(prefix + topic)
            writers[topic] = try EnvelopeWriter(prefix + topic, bootstrap: stage.bootstrap)
        }
        self.writers = writers
    }

    deinit { stop() }

    // MARK: Processes

    private var allSettings: [(key: String, value: String)] {
        [
            ("postgres.dsn", stage.dsn), ("kafka.bootstrap.servers", stage.bootstrap), ("topic.prefix", prefix),
            ("group.prefix", prefix), ("http.listen", "off"), ("log.format", "json"), ("retry.backoff.ms", "20"),
        ] + settings
    }

    func start(_ name: String) throws { consumer = try ConsumerUnderTest(allSettings, arguments: ["--only", name]) }

    /// SIGTERM, and its end.
    @discardableResult
    func stop() -> TerminationStatus? { consumer?.terminate(seconds: 10) }

    var log: String { consumer?.logText ?? "" }

    /// Runs a command to its end.
    func command(_ words: String...) throws -> CommandRun { try command(words: words) }

    func command(words: [String]) throws -> CommandRun {
        let given = allSettings.flatMap { ["--set", "\($0.key)=\($0.value)"] }
        let result = try CommandResult.of(ChildCommand(ConsumerUnderTest.executable, words + given))
        var code: Int32 = -1
        if case .exited(let number) = result.status { code = number }
        return CommandRun(exitCode: code, output: result.output, errors: result.errors)
    }

    // MARK: Events

    /// ORDER_PAID for one product, whose event has the order's number.
    ///
    /// - Parameter fill: a text in the payload that nobody reads.
    func order(
        _ number: Int, user: Int = 1, qty: Int = 1, key: String? = nil, fill: String = "", flushes: Bool = true
    ) throws {
        guard let writer = writers["order.events"] else { return }
        try Self.order(number, user: user, qty: qty, key: key, fill: fill, by: writer)
        if flushes { try writer.flush() }
    }

    static func order(
        _ number: Int, user: Int, qty: Int, key: String? = nil, fill: String = "", by writer: EnvelopeWriter
    ) throws {
        let payload = """
            {"order_id":\(number),"user_id":\(user),"total_amount":\(qty * 10),"items":[{"product_id":1,"qty":\(qty),"price":10}],\
            "fill":"\(fill)"}
            """
        try put("ORDER_PAID", payload, of: ("ORDER", String(number)), event: number, key: key, by: writer)
    }

    func restock(_ qty: Int, event: Int) throws {
        guard let writer = writers["stock.events"] else { return }
        try Self.put("RESTOCKED", #"{"product_id":1,"qty":\#(qty)}"#, of: ("PRODUCT", "1"), event: event, by: writer)
        try writer.flush()
    }

    func put(_ value: String, key: String?, in topic: String) throws {
        try writers[topic]?.put(value, key: key)
        try writers[topic]?.flush()
    }

    private static func put(
        _ type: String, _ payload: String, of aggregate: (type: String, id: String), event: Int, key: String? = nil,
        by writer: EnvelopeWriter
    ) throws {
        let eventID = EnvelopeWriter.id(event)
        try writer.put(
            """
            {"event_id":"\(eventID)","occurred_at":"\(EnvelopeWriter.now())","aggregate_type":"\(aggregate.type)",\
            "aggregate_id":"\(aggregate.id)","event_type":"\(type)","payload":\(payload),"version":1}
            """, key: key ?? aggregate.id,
            headers: [("event_id", Array(eventID.utf8)), ("event_type", Array(type.utf8))])
    }

    func flush(_ topic: String) throws { try writers[topic]?.flush() }
}
