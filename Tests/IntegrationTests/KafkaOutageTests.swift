import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// The broker is away: nothing is lost, nothing is repeated, and PostgreSQL does not notice.
@Suite(.serialized, .needsServers)
struct KafkaOutageTests {
    @Test func `Brokers that stop for 20 s: red, silent towards PostgreSQL's clocks, and everything arrives once they are back`()
        throws
    {
        let kafka = try TestServers.kafka()
        let server = try TestServers.ownPostgres()
        try Stage.perform(server: server) { stage in
            // A server that gives up on a silent receiver soon: only our feedback keeps the stream.
            try stage.execute("ALTER DATABASE \(stage.name) SET wal_sender_timeout = '3s'")
            let relay = try stage.startReady()
            try stage.write(1...100)
            try stage.wait(for: "100", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            kafka.stop()
            defer { try? kafka.start() }
            let stoppedAt = MonotonicTime.now()
            for start in stride(from: 101, to: 601, by: 10) { try stage.write(start..<start + 10) }
            let isRed = Await.until(seconds: 15) { !relay.isReady }
            #expect(isRed, "ready although no broker answers")
            let written = try stage.walPosition()
            let ended = relay.waitForEnd(seconds: 20 - Double(MonotonicTime.now() - stoppedAt) / 1_000_000_000)
            #expect(ended == nil)
            #expect(relay.status()?.phase == "streaming" && relay.status()?.streams == 1, "the stream lived on")
            #expect(try stage.confirmed() ?? written < written)
            try kafka.start()
            try relay.waitUntilReady()
            try stage.write(601...610)
            try stage.wait(for: "610", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'", seconds: 60)
            #expect(try stage.allNumbersOnceSettled(relay) == Array(1...610))
            #expect(relay.complaints.count <= 12, "\(relay.logTail(40))")
            #expect(relay.lines("not ready").count == 1)
        }
    }

    @Test func `While brokers are away PostgreSQL stops at once, and SIGTERM ends the relay within 10 s`() throws {
        let kafka = try TestServers.kafka()
        let server = try TestServers.ownPostgres()
        try Stage.perform(server: server) { stage in
            let relay = try stage.startReady()
            try stage.write(1...10)
            try stage.wait(for: "10", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            kafka.kill(broker: 0)
            defer { try? kafka.start() }
            try stage.write(11...60)
            try relay.waitFor("events in flight") { $0.inFlightEvents == 50 }
            let beforeStop = MonotonicTime.now()
            try server.stop(.fast)
            #expect(MonotonicTime.now() - beforeStop < 5_000_000_000, "a fast stop was delayed")
            try server.start()
            try relay.waitFor("the second stream") { $0.streams >= 2 && $0.phase == "streaming" }

            let session = try stage.session()
            try stage.write(61...70, on: session)
            let beforeTerm = MonotonicTime.now()
            #expect(try relay.terminate(seconds: 15) == .exited(0))
            #expect(MonotonicTime.now() - beforeTerm < 10_000_000_000)

            // Started while nobody answers, it waits; terminated before the first event's topic was known, it loses none.
            let waiting = try stage.start()
            try waiting.waitFor("streaming") { $0.phase == "streaming" }
            try stage.write(71...75, on: session)
            #expect(!waiting.isReady)
            let beforeSecond = MonotonicTime.now()
            #expect(try waiting.terminate(seconds: 15) == .exited(0))
            #expect(MonotonicTime.now() - beforeSecond < 10_000_000_000)

            try kafka.start()
            let last = try stage.startReady()
            try stage.write([76], on: session)
            try stage.records(76)
            #expect(try stage.allNumbersOnceSettled(last) == Array(1...76))
        }
    }

    @Test func `Brokers that answer nothing any more turn readiness red within 15 s`() throws {
        let kafka = try TestServers.kafka()
        try Stage.perform { stage in
            let relay = try stage.startReady()
            kafka.pause(broker: 0)
            defer { kafka.resume(broker: 0) }
            // Nothing is written: an idle relay must notice as well.
            let isRed = Await.until(seconds: 15) { !relay.isReady }
            #expect(isRed)
            #expect(relay.fetch("/health/ready")?.body.contains("Kafka") == true)
            #expect(relay.fetch("/health/live")?.status == 200)
            try stage.write([1])
            kafka.resume(broker: 0)
            try relay.waitUntilReady()
            try stage.wait(for: "1", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            #expect(try stage.allNumbersOnceSettled(relay) == [1])
        }
    }

    @Test func `Stopped before the first event's topic is known, an event is not lost`() throws {
        try Stage.perform { stage in
            try stage.startReady().terminate()
            var next = 1
            for _ in 0..<8 {
                try stage.write(next..<next + 5)
                next += 5
                let relay = try stage.start()
                try relay.waitForLog("\"streaming\"")
                #expect(try relay.terminate() == .exited(0))
            }
            let relay = try stage.startReady()
            try stage.write([next])
            try stage.records(next)
            #expect(try stage.allNumbersOnceSettled(relay) == Array(1...next))
        }
    }
}
