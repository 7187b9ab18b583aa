import Drills
import LocalServers
import ServiceRuntime
import TestSupport

/// A topic of its own with a few partitions, on which real `outbox-fanout` instances run.
final class FanoutStage {
    let stage: Stage
    let topic: String
    let writer: EnvelopeWriter
    private var instances: [FanoutUnderTest] = []

    /// Ends the instances with the test; when it failed, their last words are in the error.
    ///
    /// - Parameter hasRelay: whether events come out of a database, by a relay that runs.
    static func perform(partitions: Int = 3, hasRelay: Bool = false, _ body: (FanoutStage) throws -> Void) throws {
        try Stage.perform(hasTables: hasRelay) { stage in
            let fanout = try FanoutStage(stage, partitions: partitions)
            if hasRelay { try stage.startReady([("topic.default", fanout.topic)]) }
            defer { for instance in fanout.instances { instance.kill() } }
            do { try body(fanout) } catch {
                throw LocalServerError("\(error)", log: fanout.instances.map { $0.logTail() }.joined(separator: "\n---\n"))
            }
        }
    }

    private init(_ stage: Stage, partitions: Int) throws {
        self.stage = stage
        topic = try stage.createTopic("\(stage.name).realtime.events", partitions: partitions)
        writer = try EnvelopeWriter(topic, bootstrap: stage.bootstrap)
    }

    /// Starts an instance and waits until it serves clients.
    @discardableResult
    func start(_ settings: [(key: String, value: String)] = [], port: Int? = nil) throws -> FanoutUnderTest {
        let usual = [
            (key: "kafka.bootstrap.servers", value: stage.bootstrap), (key: "topic", value: topic),
            (key: "auth", value: "off"), (key: "drain.window.ms", value: "500"), (key: "retry.ms", value: "100"),
            (key: "retry.jitter.ms", value: "200"),
        ]
        let instance = try FanoutUnderTest(usual + settings, port: port)
        instances.append(instance)
        guard instance.waitUntilReady() else { throw LocalServerError("outbox-fanout did not get ready") }
        return instance
    }

    /// Writes events into the topic.
    func write(_ numbers: some Sequence<Int>) throws {
        try writer.write(numbers)
        try writer.flush()
    }

    /// Writes events into the database, in one transaction.
    func commit(_ numbers: some Sequence<Int>) throws {
        let rows = numbers.map { "('\(EnvelopeWriter.id($0))', 'ORDER', '\($0)', 'ORDER_COMPLETED', '{\"n\": \($0)}')" }
        try stage.execute(
            "INSERT INTO outbox_events (id, aggregate_type, aggregate_id, event_type, payload) VALUES \(rows.joined(separator: ","))"
        )
    }

    /// A place in the topic, behind all that was written before.
    func cursor(_ instance: FanoutUnderTest) throws -> String {
        let text = HTTPGet(port: instance.port, path: "/api/realtime/cursor")?.body ?? ""
        let parts = text.split(separator: "\"")
        guard parts.count > 3 else { throw LocalServerError("no cursor: \(text)") }
        return String(parts[3])
    }
}
