import Glibc
import Kafka
import LocalServers
import PostgresClient
import ServiceRuntime

/// What the drill of the consumers is played on: a database with shop, outbox and inbox, the shop's topics, a Redis, the data platform's
/// API, a relay, and three processes that run every consumer and share their groups.
final class ConsumerStage {
    static let instances = 3

    let name: String
    let server: TemporaryPostgres
    let dsn: String
    let redis: RedisServer
    let api: ExternalAPI
    let shop: ShopWorkload
    let tail: TopicTail
    let wal: WALPeak
    let prefix: String
    private(set) var relay: RelayUnderTest
    private(set) var consumers: [ConsumerUnderTest] = []
    private(set) var problems: [String] = []
    private(set) var kills = 0
    private let bootstrap: String
    private var lastSum: Int64 = 0

    init(_ ground: DrillGround, transactionsPerSecond: Int) throws {
        // Three processes with nine consumers each, and what killed ones leave behind.
        server = try ground.server(["max_connections": "400"])
        name = "consumers_\(getpid())_\(UInt32.random(in: 0..<1_000_000))"
        prefix = "\(name)."
        bootstrap = ground.kafka.bootstrap
        redis = try RedisServer()
        api = try ExternalAPI()
        try Connection.open(ConnectionSettings(dsn: server.dsn(), applicationName: "drill"))
            .execute("CREATE DATABASE \(quotedIdentifier(name))")
        dsn = server.dsn(database: name)
        let connection = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "drill"))
        try OutboxSchema.apply(on: connection)
        try OutboxSchema.applyConsumers(on: connection)
        try connection.execute(ShopSchema.seed(writers: ShopWorkload.writers))
        try DrillTopics.create(Self.topics(prefix), bootstrap: bootstrap)
        shop = try ShopWorkload(dsn: dsn, transactionsPerSecond: transactionsPerSecond, seed: ground.seed)
        tail = try TopicTail(["\(prefix)realtime.events"], bootstrap: bootstrap)
        wal = try WALPeak(dsn: server.dsn())
        relay = try RelaySetup(name: name, dsn: dsn, bootstrap: bootstrap, settings: [("topic.prefix", prefix)]).start()
        try relay.waitUntilReady()
        for index in 0..<Self.instances { consumers.append(try ConsumerUnderTest(settings(index))) }
    }

    deinit {
        shop.stop()
        tail.stop()
        wal.finish()
        for consumer in consumers { consumer.kill() }
        relay.kill()
        api.stop()
        redis.destroy()
        server.destroy()
    }

    private static func topics(_ prefix: String) -> [NewTopic] {
        var topics = [NewTopic(name: "\(prefix)realtime.events", partitions: 3)]
        for topic in ConsumerPositions.allTopics {
            topics.append(NewTopic(name: prefix + topic, partitions: topic == "order.events" ? 6 : 3))
            topics.append(NewTopic(name: "\(prefix)\(topic).dlq", partitions: 1))
        }
        return topics
    }

    /// Sessions, breakers and timeouts are short, so that two minutes hold many of their ends.
    private func settings(_ index: Int) -> [(key: String, value: String)] {
        var settings = [
            ("postgres.dsn", dsn), ("kafka.bootstrap.servers", bootstrap), ("topic.prefix", prefix), ("group.prefix", prefix),
            ("redis.url", redis.url), ("data.platform.url", api.url), ("data.platform.timeout.ms", "1000"),
            ("dependency.timeout.ms", "1000"), ("breaker.cooldown.ms", "200"), ("lanes", "2"), ("batch.size", "200"),
            ("kafka.session.timeout.ms", "3000"), ("kafka.heartbeat.interval.ms", "500"),
            ("kafka.max.poll.interval.ms", "15000"),
        ]
        // The others come anew with each start, and what they had moves at once.
        if index == 0 { settings.append(("group.instance.id", "steady")) }
        return settings
    }

    // MARK: Playing

    func session() throws -> Connection {
        try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "drill"))
    }

    func expect(_ condition: Bool, _ problem: @autoclosure () -> String) {
        if !condition { problems.append(problem()) }
    }

    /// Kills one of the processes and starts it again at once.
    func kill(_ index: Int) throws {
        let dead = consumers[index]
        expect(dead.isRunning, "a consumer process ended by itself: \(dead.logTail(5))")
        dead.kill()
        kills += 1
        consumers[index] = try ConsumerUnderTest(settings(index))
    }

    /// Waits until the consumers have done that many more records since the last call; returns whether they have. After an outage they
    /// may need longer than the drill can wait: then it goes on.
    @discardableResult
    func letWork(_ records: Int, seconds: Double) -> Bool {
        var sum = lastSum
        let goal = lastSum + Int64(records)
        var connection: Connection?
        let isDone = Await.until(seconds: seconds, everyMilliseconds: 50) {
            if connection?.isOpen != true { connection = try? session() }
            if let connection, let now = try? ConsumerPositions.sum(connection) { sum = now }
            return sum >= goal
        }
        lastSum = sum
        return isDone
    }

    /// Waits until the shop's events and all that followed from them are published and done.
    func drain(seconds: Double) throws {
        let positions = try ConsumerPositions(prefix: prefix, bootstrap: bootstrap)
        var left: [String] = []
        let isDrained = try Await.until(seconds: seconds, everyMilliseconds: 200) {
            let connection = try session()
            let before = try Self.outbox(connection)
            left = try positions.unfinished(connection)
            if before.waiting > 0 { left.append("\(before.waiting) events are not published") }
            // What consumers wrote meanwhile begins another round.
            return try left.isEmpty && Self.outbox(connection) == before
        }
        guard !isDrained else { return }
        let states = consumers.map { "\($0.isRunning ? "" : "ended, ")\($0.statusText ?? "no status")\n\($0.logTail())" }
        throw DrillFailure(
            "not done after \(seconds) s: \(left)\n\(states.joined(separator: "\n---\n"))\n---\n\(relay.logTail())")
    }

    private static func outbox(_ connection: Connection) throws -> (rows: Int64, waiting: Int64) {
        let found = try connection.execute("SELECT count(*), count(*) FILTER (WHERE status <> 'PUBLISHED') FROM outbox_events")
        return (found.integer(0, 0) ?? 0, found.integer(0, 1) ?? 0)
    }

    /// Ends all processes in good order.
    func end() throws {
        for consumer in consumers {
            let status = consumer.terminate()
            expect(status == .exited(0), "a consumer ended with \(status.map { "\($0)" } ?? "a kill"): \(consumer.logTail(5))")
        }
        let status = try relay.terminate()
        expect(status == .exited(0), "the relay ended with \(status): \(relay.logTail(5))")
        expect(shop.problems.isEmpty, "the workload itself failed: \(shop.problems.prefix(3))")
        tail.stop()
        wal.finish()
    }
}
