import Drills
import LocalServers
import TestSupport
import Testing

/// The drills of `outbox-bench drill`: what happens to slots, servers and brokers while events are written.
extension CrashDrills {
    @Test(.timeLimit(.minutes(6)), arguments: DrillPlan.names.filter { !["consumers", "fanout"].contains($0) })
    func `the relay never stops`(drill name: String) throws {
        guard let plan = DrillPlan.all.first(where: { $0.name == name }) else { return }
        let ground = try DrillGround(
            installation: TestServers.installation(version: nil), kafka: TestServers.kafka(), seed: DrillSeed.value)
        let outcome = try plan.play(ground)
        DrillReport.line(name, outcome.audit, gap: outcome.longestGap, note: "\(outcome.walPeakBytes >> 20) MiB; \(outcome.note)")
        #expect(outcome.isClean, "\(outcome.problems.joined(separator: "\n"))")
    }
}
