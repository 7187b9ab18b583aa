import Drills
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// Two relays on one slot (promise P4).
extension CrashDrills {
    @Test(.timeLimit(.minutes(6)))
    func `the standby takes over within 5 s of a kill and the two never publish at once`() throws {
        var random = DrillSeed.random(5)
        let drill = try Drill("take_over", server: TestServers.postgres(), kafka: TestServers.kafka(), seed: DrillSeed.value)
        var active = try drill.setup.start().waitUntilReady()
        var standby = try drill.setup.start()
        try drill.workload.start()
        drill.tail.resetGap()
        var duplicateLimit = 0
        var slowest = 0.0
        for _ in 0..<5 {
            try standby.waitFor("the standby to wait") { $0.phase == "standby" }
            try drill.waitFor(moreEvents: 200 + random.below(2_000), active, standby)
            #expect(standby.status()?.publishedEvents == 0, "a standby publishes nothing")
            active.kill()
            let killed = MonotonicTime.now()
            duplicateLimit += try drill.unconfirmedEvents()
            try drill.waitFor(moreEvents: 1, standby)
            try standby.waitFor("the standby to stream") { $0.phase == "streaming" }
            slowest = max(slowest, Double(MonotonicTime.now() - killed) / 1_000_000_000)
            active = standby
            standby = try drill.setup.start()
        }
        let written = try drill.finish(active, standby)
        // The active one goes in order: the standby has nothing to repeat.
        #expect(try active.terminate() == .exited(0), "\(active.logTail())")
        try standby.waitFor("the standby to stream") { $0.phase == "streaming" }
        #expect(try standby.terminate() == .exited(0), "\(standby.logTail())")
        #expect(slowest < 5, "slowest take-over \(slowest) s")
        try drill.audit(written, duplicateLimit: duplicateLimit, note: "slowest take-over \(DrillReport.seconds(slowest))")
        try drill.dropSlot()
    }
}
