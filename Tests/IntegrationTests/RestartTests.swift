import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct RestartTests {
    @Test(arguments: Versions.all)
    func `SIGTERM under load ends with exit code 0, and the next start repeats nothing and misses nothing`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            var next = 1
            for round in 0..<3 {
                let relay = try stage.start()
                if round == 0 { try relay.waitUntilReady() }
                let first = next
                for _ in 0..<60 {
                    try stage.write(next..<next + 10)
                    next += 10
                }
                // More than earlier rounds can have left: this relay is at work, a process that only begins would die of the signal.
                try stage.records(first + 10)
                let started = MonotonicTime.now()
                #expect(try relay.terminate() == .exited(0))
                #expect(MonotonicTime.now() - started < 5_000_000_000)
                #expect(relay.lines("relay stopped").count == 1)
                let (confirmed, stored) = (try stage.confirmed(), try stage.checkpoint())
                #expect(confirmed == stored, "what was stored was confirmed")
                try stage.write(next..<next + 20)
                next += 20
            }
            let last = try stage.startReady()
            try stage.write([next])
            try stage.records(next)
            #expect(try stage.allNumbersOnceSettled(last) == Array(1...next))
            #expect(try stage.statuses() == ["PUBLISHED=\(next)"])
        }
    }

    @Test(arguments: Versions.all)
    func `A fast restart of PostgreSQL while it streams is not delayed and repeats nothing`(version: Int) throws {
        let server = try TestServers.ownPostgres(version: version)
        try Stage.perform(server: server) { stage in
            let relay = try stage.startReady()
            try stage.write(1...200)
            try stage.records(1)
            let started = MonotonicTime.now()
            try server.stop(.fast)
            #expect(MonotonicTime.now() - started < 5_000_000_000, "the relay must not delay a shutdown")
            let isRed = Await.until(seconds: 5) { !relay.isReady }
            #expect(isRed)
            try server.start()
            let session = try stage.session()
            try stage.write(201...300, on: session)
            try relay.waitFor("a second stream") { $0.streams == 2 && $0.ready }
            try stage.write(301...310, on: session)
            try stage.records(310)
            #expect(try relay.terminate() == .exited(0))
            #expect(try stage.allNumbers() == Array(1...310))
            #expect(relay.lines("the connection to PostgreSQL is lost; connecting again").count <= 1, "said once")
            #expect(relay.complaints.filter { $0.message != "startup check" }.count <= 3)
            #expect(try session.execute("SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'").scalar == "310")
        }
    }
}
