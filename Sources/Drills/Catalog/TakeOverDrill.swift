import ServiceRuntime

/// Two relays in mode auto (promise P4): one works, one waits.
enum TakeOverDrill {
    static func play(_ ground: DrillGround) throws -> DrillOutcome {
        let stage = try DrillStage("takeover", server: ground.server(), ground: ground)
        var active = try stage.startRelay().waitUntilReady()
        var standby = try stage.startRelay()
        try stage.workload.start()
        stage.tail.resetGap()
        var duplicateLimit = 0
        var slowest = 0.0
        for _ in 0..<3 {
            try stage.waitFor("standby", of: standby)
            try stage.waitFor(moreEvents: 800)
            stage.expect(standby.status()?.publishedEvents == 0, "a standby publishes")
            active.kill()
            let killed = MonotonicTime.now()
            duplicateLimit += try stage.unconfirmedEvents()
            try stage.waitFor("streaming", of: standby)
            try stage.waitFor(moreEvents: 1)
            slowest = max(slowest, Double(MonotonicTime.now() - killed) / 1_000_000_000)
            active = standby
            standby = try stage.startRelay()
        }
        stage.expect(slowest < 5, "the slowest take-over took \(slowest) s")
        return try stage.finish(
            duplicateLimit: duplicateLimit, allowsInterleavings: false,
            note: "slowest take-over \(DrillOutcome.rounded(slowest)) s")
    }
}
