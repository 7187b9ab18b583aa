import Drills
import LocalServers
import TestSupport
import Testing

/// A thousand clients, two instances, and each is killed in turn (`outbox-bench drill fanout`).
extension CrashDrills {
    @Test(.timeLimit(.minutes(4)))
    func `clients of a killed instance go on at the other one with every event once and in order`() throws {
        guard let plan = DrillPlan.all.first(where: { $0.name == "fanout" }) else {
            Issue.record("there is no such drill")
            return
        }
        let ground = try DrillGround(
            installation: TestServers.installation(version: nil), kafka: TestServers.kafka(), seed: DrillSeed.value)
        let outcome = try plan.play(ground)
        DrillReport.line("fanout", outcome.audit, gap: outcome.longestGap, note: outcome.note)
        #expect(outcome.isClean, "\(outcome.problems.joined(separator: "\n"))")
    }
}
