import LocalServers
import PostgresClient
import RealtimeAccess
import ServiceRuntime

/// Two instances of `outbox-fanout` with a thousand clients; one after the other is killed under load. The clients go on at the other
/// one, from their cursors: nobody misses an event, nobody gets one twice.
enum FanoutDrill {
    private static let clients = 1_000
    private static let kills = 4
    private static let secret = "a secret of the drill, long enough for HS256"
    /// By number of the key: half of the events belong to somebody.
    private static let users: [String?] = [nil, "u1", nil, "u2", nil, "u3", nil, "u4"]

    /// A client, and the channels whose events it has to get.
    private struct Guest {
        let plan: FanoutClientPlan
        let channels: Set<String>
    }

    static func play(_ ground: DrillGround) throws -> DrillOutcome {
        let server = try ground.server()
        let stage = try DrillStage("fanout", server: server, ground: ground, eventsPerSecond: 40) {
            $0.topics = [nil]
            $0.users = users
        }
        let relay = try stage.startRelay()
        try relay.waitUntilReady()
        let guests = try guests()
        var instances = try (0..<2).map { _ in try FanoutUnderTest(settings(stage, ground)) }
        for instance in instances { try waitUntilReady(instance) }
        let crowd = try FanoutCrowd(guests.map(\.plan), ports: instances.map(\.port))
        defer { crowd.stop() }
        try waitForAll(crowd, instances)
        try stage.workload.start()
        stage.tail.resetGap()
        var random = XorShift(seed: ground.seed &* 104_729)
        let start = MonotonicTime.now()
        for round in 0..<kills {
            try stage.waitFor(moreEvents: 40 + random.below(60))
            let victim = round % 2
            instances[victim].kill()
            try waitForAll(crowd, instances)
            instances[victim] = try FanoutUnderTest(settings(stage, ground), port: instances[victim].port)
            try waitUntilReady(instances[victim])
            // Its history came out of the topic: half of the clients resume from what the other instance gave them.
            crowd.move(toPort: victim)
            try waitForAll(crowd, instances)
        }
        try stage.waitFor(moreEvents: 50)
        let seconds = Double(MonotonicTime.now() - start) / 1_000_000_000
        let outcome = try stage.finish(duplicateLimit: 0)
        return try judge(stage, ground, guests, crowd, instances, outcome, seconds)
    }

    // MARK: Instances

    private static func settings(_ stage: DrillStage, _ ground: DrillGround) -> [(key: String, value: String)] {
        [
            ("kafka.bootstrap.servers", ground.kafka.bootstrap), ("topic", stage.setup.topic), ("auth.jwt.secret", secret),
            ("limit.connections.per.user", "0"), ("limit.connections.per.second", "0"), ("drain.window.ms", "500"),
        ]
    }

    private static func waitUntilReady(_ instance: FanoutUnderTest) throws {
        guard instance.waitUntilReady() else { throw DrillFailure("an instance does not get ready\n\(instance.logTail())") }
    }

    private static func waitForAll(_ crowd: FanoutCrowd, _ instances: [FanoutUnderTest]) throws {
        guard Await.until(seconds: 30, everyMilliseconds: 50, { crowd.liveCount == clients }) else {
            let faults = Set(crowd.records.flatMap { $0.faults + $0.resets }).sorted()
            let absent = crowd.absent
            throw DrillFailure(
                "\(absent.count) clients are not connected: \((absent.prefix(5) + faults.prefix(5)).joined(separator: "; "))\n"
                    + instances.map { $0.logTail() }.joined(separator: "\n---\n"))
        }
    }

    // MARK: Clients

    /// Of every kind of channel and every form, in turn.
    private static func guests() throws -> [Guest] {
        let maker = try TokenMaker(SigningKey(secret: Array(secret.utf8)))
        let expiry = MonotonicTime.wallClockMicroseconds() / 1_000_000 + 3_600
        return try (0..<clients).map { number in
            let user = "u\(1 + number / 50 % 4)"
            var claims = NewClaims(subject: user, expiresAt: expiry)
            var asked: [String] = []
            var due: [String] = []
            switch number % 50 {
            case 0:
                claims.channels = ["all"]
                (asked, due) = (["all"], ["all"])
            case 1..<6: (asked, due) = (["public"], ["public"])
            case 6..<31: (asked, due) = (["user:\(user)"], ["user:\(user)"])
            case 31..<41:
                // A key that belongs to nobody, and one of somebody else: of that it may ask, and gets nothing.
                let foreign = (users.firstIndex { $0 == user } ?? 1) == 1 ? 3 : 1
                asked = ["drill:w0-k\(number % 4 * 2)", "drill:w1-k\(foreign)"]
                due = [asked[0]]
            default:
                // One's own key, and a foreign one by a claim.
                let own = users.firstIndex { $0 == user } ?? 1
                claims.channels = ["drill:w1-*"]
                (asked, due) = (["drill:w0-k\(own)", "drill:w1-k\(8 - own)"], ["drill:w0-k\(own)", "drill:w1-k\(8 - own)"])
            }
            let forms = FanoutClientPlan.Form.allCases
            // Neighbours in number go to different instances; neighbours in form must not.
            let plan = FanoutClientPlan(
                form: forms[number / 2 % forms.count], channels: asked, token: try maker.token(claims))
            return Guest(plan: plan, channels: Set(due))
        }
    }

    /// The channels of a key's events, `w{writer}-k{number}`.
    private static func channels(ofKey key: String) -> Set<String> {
        let number = key.split(separator: "k").last.flatMap { Int($0) } ?? 0
        let owner = users[number % users.count].map { "user:\($0)" } ?? "public"
        return ["all", owner, "drill:\(key)"]
    }

    // MARK: The verdict

    private static func judge(
        _ stage: DrillStage, _ ground: DrillGround, _ guests: [Guest], _ crowd: FanoutCrowd, _ instances: [FanoutUnderTest],
        _ outcome: DrillOutcome, _ seconds: Double
    ) throws -> DrillOutcome {
        let topic = try TopicReader.read([stage.setup.topic], bootstrap: ground.kafka.bootstrap)
        let judge = {
            FanoutAudit(
                topic: topic, clients: Array(zip(crowd.records, guests.map(\.channels))).map { (record: $0, channels: $1) },
                channels: channels(ofKey:))
        }
        let expected = judge().expected
        _ = Await.until(seconds: 20, everyMilliseconds: 50) { crowd.eventCount >= expected }
        // What an instance still has to say is said before it ends: nothing can come after that.
        crowd.stayAway()
        var problems = outcome.problems
        for instance in instances {
            let status = instance.terminate()
            if status != .exited(0) {
                problems.append("an instance ended with \(status.map { "\($0)" } ?? "a kill"): \(instance.logTail(5))")
            }
        }
        crowd.stop()
        let audit = judge()
        problems +=
            audit.problems.count > 20 ? audit.problems.prefix(20) + ["and \(audit.problems.count - 20) more"] : audit.problems
        // Of a crowd that nothing happened to, this says little.
        if audit.resumes < clients * kills / 2 { problems.append("only \(audit.resumes) connections were resumed") }
        if topic.count < 300 { problems.append("only \(topic.count) events") }
        let note =
            "\(kills) kills, \(clients) clients, \(audit.delivered) of \(audit.expected) deliveries, "
            + "\(audit.resumes) resumed, load \(DrillOutcome.rounded(seconds)) s"
        return DrillOutcome(
            name: outcome.name, audit: outcome.audit, duplicateLimit: outcome.duplicateLimit, longestGap: outcome.longestGap,
            walPeakBytes: outcome.walPeakBytes, note: note, problems: problems)
    }
}
