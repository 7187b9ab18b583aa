import Drills
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// kill -9 of the relay (promises P1 to P3).
extension CrashDrills {
    @Test(.timeLimit(.minutes(6)))
    func `20 kills of the relay at random moments under load lose nothing, invent nothing and keep the order`() throws {
        var random = DrillSeed.random(1)
        let drill = try Drill(
            "relay_kill", server: TestServers.postgres(), kafka: TestServers.kafka(), seed: DrillSeed.value)
        var relay = try drill.setup.start().waitUntilReady()
        try drill.workload.start()
        drill.tail.resetGap()
        var duplicateLimit = 0
        var widest = 0
        for round in 0..<20 {
            if round % 5 == 4 {
                // In the middle of starting.
                _ = relay.waitForEnd(seconds: Double(random.below(250)) / 1_000)
            } else {
                try drill.waitFor(moreEvents: 50 + random.below(2_000), relay)
                _ = relay.waitForEnd(seconds: Double(random.below(30)) / 1_000)
            }
            relay.kill()
            let unconfirmed = try drill.unconfirmedEvents()
            duplicateLimit += unconfirmed
            widest = max(widest, unconfirmed)
            relay = try drill.setup.start()
        }
        // Left alone, a relay has no more than about a second of load unconfirmed; three for a busy machine.
        var unconfirmed = Int.max
        let isSmall = try Await.until(seconds: 30, everyMilliseconds: 50) {
            unconfirmed = try drill.unconfirmedEvents()
            return unconfirmed < 3 * 1_500
        }
        #expect(isSmall, "\(unconfirmed) events are unconfirmed")
        let written = try drill.finish(relay)
        let ending = try relay.terminate()
        #expect(ending == .exited(0), "\(relay.logTail())")
        #expect(try drill.unconfirmedEvents() == 0, "the last checkpoint covers everything")
        try drill.audit(written, duplicateLimit: duplicateLimit, note: "widest unconfirmed window \(widest)")
        try drill.dropSlot()
    }
}
