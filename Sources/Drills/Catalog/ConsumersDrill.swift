import LocalServers
import PostgresClient
import ServiceRuntime

/// The shop is open, and everything around the consumers breaks: what they made of its events adds up all the same.
enum ConsumersDrill {
    private static let kills = 20

    static func play(_ ground: DrillGround) throws -> DrillOutcome {
        let stage = try ConsumerStage(ground, transactionsPerSecond: 100)
        let start = MonotonicTime.now()
        try stage.shop.start()
        for consumer in stage.consumers {
            let isReady = Await.until(seconds: 60) { consumer.isReady }
            guard isReady else { throw DrillFailure("a consumer process does not get ready\n\(consumer.logTail())") }
        }
        stage.expect(stage.letWork(300, seconds: 30), "300 records were not done before the first fault")
        stage.tail.resetGap()
        let inFlight = try breakEverything(stage, ground)
        stage.expect(stage.letWork(1_000, seconds: 20), "1,000 records were not done after the last fault")
        stage.shop.stop()
        let loaded = MonotonicTime.now()
        try checkCache(stage)
        try stage.drain(seconds: 150)
        let drained = MonotonicTime.now()
        let gap = stage.tail.longestGap
        try expectEmptyCache(stage)
        // An idempotent producer can write a batch twice after a broker's restart (documented): what was in flight at most.
        let duplicateLimit = stage.relay.calledBackEvents + inFlight
        try stage.end()
        return try judge(
            stage, ground, gap: gap, duplicateLimit: duplicateLimit,
            times: "load \(seconds(loaded - start)) s, drained in \(seconds(drained - loaded)) s")
    }

    // MARK: Faults

    /// Returns what the relay had in flight when the broker was restarted.
    private static func breakEverything(_ stage: ConsumerStage, _ ground: DrillGround) throws -> Int {
        var inFlight = 0
        var random = XorShift(seed: ground.seed &* 104_729)
        for round in 0..<kills {
            switch round {
            case 3: try stage.server.restart(.immediate)
            case 6: stage.redis.kill()
            case 8: try stage.redis.start()
            case 10: stage.api.always(.status(500))
            case 12: stage.api.always(.silence)
            case 14: stage.api.always(.status(200))
            case 16:
                inFlight = stage.relay.status()?.inFlightEvents ?? 0
                try ground.kafka.restart(broker: 0)
            default: break
            }
            // At work, in the middle of a rebalance, or just starting: whatever chance brings.
            stage.letWork(500 + random.below(2_000), seconds: 3 + Double(random.below(4)))
            try stage.kill(random.below(ConsumerStage.instances))
        }
        return inFlight
    }

    // MARK: The cache

    /// Fills the cache for the last changes of all products to empty.
    private static func checkCache(_ stage: ConsumerStage) throws {
        for product in 1...ShopSchema.products { _ = try redis(stage, ["SET", "product:\(product)", "old"]) }
        try stage.session().execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload)
            SELECT 'PRODUCT', id::text, 'PRODUCT_UPDATED', 'product.events', jsonb_build_object('product_id', id, 'name', name)
            FROM products
            """)
    }

    private static func expectEmptyCache(_ stage: ConsumerStage) throws {
        let left = try redis(stage, ["EXISTS"] + (1...ShopSchema.products).map { "product:\($0)" })
        stage.expect(left == "0", "\(left) products that changed are in the cache")
    }

    private static func redis(_ stage: ConsumerStage, _ words: [String]) throws -> String {
        let result = try CommandResult.of(ChildCommand("redis-cli", ["-p", String(stage.redis.port)] + words))
        return String(result.output.prefix { $0 != "\n" })
    }

    // MARK: The verdict

    private static func judge(
        _ stage: ConsumerStage, _ ground: DrillGround, gap: Double, duplicateLimit: Int, times: String
    ) throws -> DrillOutcome {
        let connection = try stage.session()
        let shop = try ShopAudit(connection)
        let platform = try PlatformAudit(stage.api.requests, connection)
        let audit = try deliveries(stage, ground, connection)
        let letters = try expectLetters(stage, ground, connection)
        let paid = try shop.count("SELECT count(*) FROM order_event WHERE type = 'ORDER_PAID'")
        let claims = try shop.count("SELECT count(*) FROM processed_events")
        // What adds up says little about a shop in which nothing happened.
        stage.expect(paid > 100, "only \(paid) orders were paid")
        stage.expect(claims > 1_000, "only \(claims) effects")
        stage.expect(letters > 0, "no dead letter, though some sales are refused")
        let delivery = DeliveryVerdict(audit, duplicateLimit: duplicateLimit)
        stage.expect(delivery.problems.isEmpty, "log of the relay:\n\(stage.relay.logTail(200))")
        let note =
            "\(stage.kills) kills, \(paid) orders paid, \(claims) effects, \(letters) dead letters, "
            + "\(platform.repetitions) repeated posts, \(times)"
        return DrillOutcome(
            name: "consumers", audit: audit, duplicateLimit: duplicateLimit, longestGap: gap, walPeakBytes: stage.wal.bytes,
            note: note, problems: stage.problems + delivery.problems + shop.problems + platform.problems)
    }

    /// What the relay delivered. Of these topics the order is known: whoever writes the next event of a key has seen the one before.
    private static func deliveries(
        _ stage: ConsumerStage, _ ground: DrillGround, _ connection: Connection
    ) throws -> DeliveryAudit {
        let topics = ["order.events", "payment.events", "data.platform", "flashsale.events"]
        let rows = try connection.execute(
            "SELECT id, aggregate_id, seq FROM outbox_events WHERE topic = ANY ($1::text[])", [.texts(topics)])
        let written = (0..<rows.rowCount).map { row in
            WrittenEvent(id: rows.text(row, 0) ?? "", key: rows.text(row, 1) ?? "", sequence: Int(rows.integer(row, 2) ?? 0))
        }
        let records = try TopicReader.read(topics.map { stage.prefix + $0 }, bootstrap: ground.kafka.bootstrap)
        return DeliveryAudit(written: written, delivered: records)
    }

    /// Every dead letter of the table lies in a dead-letter topic. Returns how many there are.
    private static func expectLetters(
        _ stage: ConsumerStage, _ ground: DrillGround, _ connection: Connection
    ) throws -> Int {
        let rows = try connection.execute("SELECT event_id FROM consumer_dead_letters")
        let topics = ConsumerPositions.allTopics.map { "\(stage.prefix)\($0).dlq" }
        let published = Set(try TopicReader.read(topics, bootstrap: ground.kafka.bootstrap).map(\.id))
        let missing = (0..<rows.rowCount).compactMap { rows.text($0, 0) }.filter { !published.contains($0) }
        stage.expect(missing.isEmpty, "\(missing.count) dead letters are in no topic: \(missing.prefix(3))")
        return rows.rowCount
    }

    private static func seconds(_ nanoseconds: Int64) -> Int { Int(nanoseconds / 1_000_000_000) }
}
