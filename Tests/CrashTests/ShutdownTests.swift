import Drills
import Glibc
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// Ends that must not wait for Kafka.
extension CrashDrills {
    @Test(.timeLimit(.minutes(5)), arguments: [false, true])
    func `SIGTERM ends the relay within 10 s while Kafka is down`(isFrozen: Bool) throws {
        let kafka = try TestServers.kafka()
        let drill = try Drill("sigterm", server: TestServers.postgres(), kafka: kafka, seed: DrillSeed.value)
        let relay = try drill.setup.start().waitUntilReady()
        try drill.workload.start()
        try drill.waitFor(moreEvents: 500, relay)
        try takeDown(kafka, isFrozen: isFrozen)
        #expect(drill.workload.waitFor(moreEvents: 1_000, seconds: 30))
        let asked = MonotonicTime.now()
        let ending = try relay.terminate(seconds: 30)
        let took = Double(MonotonicTime.now() - asked) / 1_000_000_000
        #expect(ending == .exited(0), "\(relay.logTail())")
        #expect(took < 10)
        let unconfirmed = try drill.unconfirmedEvents()
        try bringBack(kafka, isFrozen: isFrozen)
        let next = try drill.setup.start()
        let written = try drill.finish(next)
        #expect(try next.terminate() == .exited(0), "\(next.logTail())")
        try drill.audit(
            written, duplicateLimit: unconfirmed,
            note: "Kafka \(isFrozen ? "frozen" : "dead"), SIGTERM to end \(DrillReport.seconds(took))")
        try drill.dropSlot()
    }

    @Test(.timeLimit(.minutes(5)), arguments: [false, true])
    func `a fast stop of Postgres is not delayed by a relay that Kafka holds back`(isThrottled: Bool) throws {
        let kafka = try TestServers.kafka()
        let server = try TestServers.ownPostgres()
        let drill = try Drill(
            "fast_stop", server: server, kafka: kafka, seed: DrillSeed.value,
            settings: isThrottled ? [("in.flight.events", "200")] : [])
        let relay = try drill.setup.start().waitUntilReady()
        try drill.workload.start()
        try drill.waitFor(moreEvents: 500, relay)
        try takeDown(kafka, isFrozen: true)
        #expect(drill.workload.waitFor(moreEvents: 2_000, seconds: 30))
        if isThrottled { try relay.waitFor("back-pressure") { $0.isThrottled } }
        let unconfirmed = try drill.unconfirmedEvents()
        let asked = MonotonicTime.now()
        try server.stop(.fast, timeoutMilliseconds: 20_000)
        let took = Double(MonotonicTime.now() - asked) / 1_000_000_000
        #expect(took < 3)
        try bringBack(kafka, isFrozen: true)
        try server.start()
        let written = try drill.finish(relay)
        #expect(try relay.terminate() == .exited(0), "\(relay.logTail())")
        // What the frozen broker had been sent is called back after a second, and written all the same when it goes on.
        try drill.audit(
            written, duplicateLimit: unconfirmed,
            note: "\(isThrottled ? "throttled" : "queue open"), stop took \(DrillReport.seconds(took))")
    }

    private func takeDown(_ kafka: TemporaryKafka, isFrozen: Bool) throws {
        if isFrozen { kafka.pause(broker: 0) } else { kafka.kill(broker: 0) }
    }

    private func bringBack(_ kafka: TemporaryKafka, isFrozen: Bool) throws {
        if isFrozen { kafka.resume(broker: 0) } else { try kafka.start() }
    }
}
