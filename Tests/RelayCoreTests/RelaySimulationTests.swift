import Testing

/// Promises P1 to P3 at the level of the machines: thousands of random lives of a relay, each with its own faults.
struct RelaySimulationTests {
    @Test(arguments: [false, true])
    func `nothing is lost and order holds through crashes, disconnects and purges`(sendsEmpty: Bool) throws {
        var duplicates = 0
        for seed in 0..<700 as Range<UInt64> {
            var options = RelaySimulation.Options()
            options.sendsEmpty = sendsEmpty
            options.unitEvents = 1 + Int(seed % 5)
            var simulation = RelaySimulation(seed: seed, options: options)
            try simulation.run()
            duplicates += simulation.duplicates
        }
        #expect(duplicates > 1_000, "the faults did not bite")
    }

    @Test func `a lost connection alone repeats nothing`() throws {
        for seed in 0..<400 as Range<UInt64> {
            var options = RelaySimulation.Options()
            options.crashes = false
            options.purges = false
            options.sendsEmpty = seed % 2 == 0
            var simulation = RelaySimulation(seed: seed, options: options)
            try simulation.run()
            #expect(simulation.duplicates == 0, "seed \(seed)")
        }
    }
}
