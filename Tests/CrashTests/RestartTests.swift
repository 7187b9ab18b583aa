import Drills
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// The servers go away and come back.
extension CrashDrills {
    @Test(.timeLimit(.minutes(6)))
    func `5 immediate stops of Postgres under load lose nothing and repeat at most what was called back`() throws {
        var random = DrillSeed.random(2)
        let server = try TestServers.ownPostgres()
        let drill = try Drill("postgres_crash", server: server, kafka: TestServers.kafka(), seed: DrillSeed.value)
        let relay = try drill.setup.start().waitUntilReady()
        try drill.workload.start()
        drill.tail.resetGap()
        for _ in 0..<5 {
            try drill.waitFor(moreEvents: 200 + random.below(2_000), relay)
            try server.stop(.immediate)
            try server.start()
        }
        try drill.waitFor(moreEvents: 500, relay)
        let written = try drill.finish(relay)
        #expect(try relay.terminate() == .exited(0), "\(relay.logTail())")
        // The relay lived through it with what it had in hand: nothing has a reason to come twice but what it had to call back.
        try drill.audit(written, duplicateLimit: 0, note: "writers reconnected \(drill.workload.reconnects) times")
    }

    @Test(.timeLimit(.minutes(6)))
    func `5 kills of a single broker under load lose nothing`() throws {
        var random = DrillSeed.random(3)
        let kafka = try TestServers.kafka()
        let drill = try Drill("broker_kill", server: TestServers.postgres(), kafka: kafka, seed: DrillSeed.value)
        let relay = try drill.setup.start().waitUntilReady()
        try drill.workload.start()
        drill.tail.resetGap()
        var duplicateLimit = 0
        for _ in 0..<5 {
            try drill.waitFor(moreEvents: 200 + random.below(2_000), relay)
            // An idempotent producer can write a batch twice after a broker's restart (documented): what was in flight at most.
            duplicateLimit += relay.status()?.inFlightEvents ?? 0
            kafka.kill(broker: 0)
            try kafka.restart(broker: 0)
        }
        try drill.waitFor(moreEvents: 500, relay)
        let written = try drill.finish(relay)
        #expect(try relay.terminate() == .exited(0), "\(relay.logTail())")
        try drill.audit(written, duplicateLimit: duplicateLimit)
        try drill.dropSlot()
    }
}
