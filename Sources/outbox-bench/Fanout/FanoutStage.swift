import Drills
import Glibc
import Kafka
import LocalServers
import ServiceRuntime
import Telemetry

/// One server with a topic of its own, and its clients. Used by one thread.
final class FanoutStage {
    let server: FanoutUnderTest
    let writer: EventWriter
    let frames: FrameLog
    let clients: Swarm
    /// The number of the event that is written next.
    var next = 1

    init(
        _ name: String, broker: BenchBroker, plan: FanoutPlan, settings: [(key: String, value: String)] = [], stop: StopSignal
    ) throws {
        let topic = "fanout.\(name)"
        try broker.createTopic(topic)
        writer = try EventWriter(topic: topic, bootstrap: broker.bootstrap)
        // The mock makes a topic when somebody writes to it.
        try writer.write(0)
        try writer.flush()
        let own: [(key: String, value: String)] = [
            ("auth", "off"), ("kafka.bootstrap.servers", broker.bootstrap), ("topic", topic),
            ("limit.connections.per.second", "0"), ("limit.connections", "1000000"), ("log.level", "warning"),
        ]
        server = try FanoutUnderTest(own + settings + plan.settings, executable: plan.path)
        frames = FrameLog(writer.template)
        clients = try Swarm(frames, stop: stop)
        guard server.waitUntilReady() else { throw BenchError("outbox-fanout does not get ready:\n\(server.logTail())") }
    }

    /// Ends clients and server.
    func end() {
        clients.cut()
        writer.close()
        server.kill()
    }

    func connect(_ count: Int, isTLS: Bool = false, narrowsLast: Bool = false) throws {
        try explained { try clients.connect(count, port: server.port, isTLS: isTLS, narrowsLast: narrowsLast) }
        clients.expect(next)
    }

    /// Runs a measurement; when it fails, the server's last words are added.
    func explained<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            let log = server.logTail(5)
            throw log.isEmpty ? error : BenchError("\(error)\noutbox-fanout: \(log)")
        }
    }

    /// Writes one event and returns when everybody has it.
    func deliverOne(seconds: Double = 30) throws {
        try writer.write(next)
        next += 1
        let end = next
        guard try clients.run(seconds: seconds, until: { clients.hasAll(below: end) }) else {
            throw BenchError("an event did not reach everybody within \(seconds) s")
        }
    }

    /// The sum of a counter of the server, published once a second.
    func metric(_ name: String) -> Double { server.metricsText.map { MetricSamples($0).sum(name) } ?? .nan }
}
