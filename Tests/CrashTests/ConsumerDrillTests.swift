import Drills
import LocalServers
import TestSupport
import Testing

/// Everything around the consumers breaks while the shop is open (`outbox-bench drill consumers`).
extension CrashDrills {
    @Test(.timeLimit(.minutes(6)))
    func `consumers that are killed, without servers and with a broken API reconcile to the last piece`() throws {
        guard let plan = DrillPlan.all.first(where: { $0.name == "consumers" }) else {
            Issue.record("there is no such drill")
            return
        }
        let ground = try DrillGround(
            installation: TestServers.installation(version: nil), kafka: TestServers.kafka(), seed: DrillSeed.value)
        let outcome = try plan.play(ground)
        DrillReport.line("consumers", outcome.audit, gap: outcome.longestGap, note: outcome.note)
        #expect(outcome.isClean, "\(outcome.problems.joined(separator: "\n"))")
    }
}
