import ConsumerKit
import Testing

/// Crashes, rebalances and failures at every step of the batch, claim and high-water machine.
struct ConsumerSimulationTests {
    private static let seeds: UInt64 = 1_000

    @Test(arguments: ParkingPolicy.allCases)
    func `No event is lost, none takes effect twice, and each key keeps its order`(parking: ParkingPolicy) {
        for seed in 0..<Self.seeds {
            var simulation = ConsumerSimulation(seed: seed, parking: parking)
            simulation.run()
            guard simulation.violations.isEmpty else {
                Issue.record("seed \(seed): \(simulation.violations.prefix(5))")
                return
            }
        }
    }

    @Test(arguments: BrokenRule.allCases)
    func `The simulation notices when a rule is broken`(rule: BrokenRule) {
        let parking: ParkingPolicy = rule == .forgetsToLookAgain ? .wait : .ignore
        // The last one matters only when a member that lost its partitions buries an event while the next owner waits for its claim.
        let isNoticed = ((rule == .forgetsToLookAgain ? 600 : 0)..<Self.seeds).contains { seed in
            var simulation = ConsumerSimulation(seed: seed, parking: parking, breaking: rule)
            simulation.run()
            return !simulation.violations.isEmpty
        }
        #expect(isNoticed)
    }
}
