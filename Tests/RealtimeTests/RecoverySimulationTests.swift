import Realtime
import Testing

/// Cuts, blocked connections, lags, two instances, subscriptions that change, a topic made anew, histories that are too short.
struct RecoverySimulationTests {
    private static let seeds: UInt64 = 400

    @Test
    func `Every client has every event of its channels once and in order, or was told to reset`() {
        var resets = 0
        var deliveries = 0
        for seed in 0..<Self.seeds {
            var simulation = RecoverySimulation(seed: seed)
            simulation.run()
            resets += simulation.resets
            deliveries += simulation.deliveries
            guard simulation.violations.isEmpty else {
                Issue.record("seed \(seed): \(simulation.violations.prefix(5))")
                return
            }
        }
        // It is no proof when everything is a reset, or nothing ever is.
        #expect(resets > 100)
        #expect(deliveries > resets * 20)
    }

    @Test(arguments: BrokenRule.allCases)
    func `The simulation notices when a rule is broken`(rule: BrokenRule) {
        let isNoticed = (0..<Self.seeds).contains { seed in
            var simulation = RecoverySimulation(seed: seed, breaking: rule)
            simulation.run()
            return !simulation.violations.isEmpty
        }
        #expect(isNoticed)
    }
}
