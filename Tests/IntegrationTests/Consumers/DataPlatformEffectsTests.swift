import ConsumerKit
import Consumers
import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import Telemetry
import TestSupport
import Testing

@Suite(.needsPostgres, .serialized) struct `Effects of data-platform` {
    private let api: ExternalAPI
    private let database: EffectsDatabase

    init() throws {
        api = try ExternalAPI()
        database = try EffectsDatabase()
    }

    private func consumer(_ change: (inout DataPlatformSettings) -> Void = { _ in }) throws -> DataPlatformConsumer {
        var settings = try DataPlatformSettings(url: api.url)
        settings.connectTimeoutMilliseconds = 500
        settings.totalTimeoutMilliseconds = 2_000
        change(&settings)
        return DataPlatformConsumer(settings, database: ConnectionSettings(dsn: database.dsn, applicationName: "tests"))
    }

    private func events(_ states: [(order: Int64, status: String)]) throws -> [ConsumedEvent] {
        var events = ShopEvents()
        for state in states {
            try events.add(
                "ORDER_STATUS_CHANGED",
                #"{"order_id":\#(state.order),"user_id":3,"status":"\#(state.status)","total_amount":10}"#,
                of: ("ORDER", String(state.order)), topic: "data.platform")
        }
        return events.events
    }

    private func many(_ count: Int) throws -> [ConsumedEvent] { try events((1...count).map { (Int64($0), "CONFIRMED") }) }

    /// Applies in a transaction that is rolled back; returns the error.
    @discardableResult
    private func applyAndRollBack(_ consumer: DataPlatformConsumer, _ events: [ConsumedEvent]) throws -> EffectError? {
        let session = try database.session()
        try session.execute("BEGIN")
        defer { _ = try? session.execute("ROLLBACK") }
        do throws(EffectError) { try consumer.apply(events, in: EffectTransaction(session)) } catch { return error }
        return nil
    }

    @Test(arguments: [1, 7, Int.max])
    func `each event is posted once with its key and its payload`(batch: Int) throws {
        let outcome = try database.apply(consumer(), many(30), batch: batch)
        #expect(outcome.refusals.isEmpty)
        #expect(api.acceptances == Dictionary(uniqueKeysWithValues: (1...30).map { ("\($0)-CONFIRMED", 1) }))
        #expect(api.requests.allSatisfy { $0.method == "POST" && $0.path == "/orders" })
        let body = api.requests.first { $0.key == "5-CONFIRMED" }?.body
        #expect(body == #"{"order_id":5,"user_id":3,"status":"CONFIRMED","total_amount":10}"#)
        #expect(
            try database.rows("SELECT status_code, attempts, count(*) FROM data_platform_deliveries GROUP BY 1, 2") == [
                "200 1 30"
            ])
    }

    @Test func `states of one order arrive in their order, different orders at the same time`() throws {
        api.always(.slow(200, milliseconds: 50))
        let states = ["PENDING", "CONFIRMED", "SHIPPED"].flatMap { status in (1...8).map { (order: Int64($0), status: status) } }
        let start = MonotonicTime.now()
        try database.apply(consumer(), events(states))
        // One after the other would take 1200 ms.
        #expect(MonotonicTime.now() - start < 900_000_000)
        for order in 1...8 {
            let keys = api.requests.map(\.key).filter { $0.hasPrefix("\(order)-") }
            #expect(keys == ["\(order)-PENDING", "\(order)-CONFIRMED", "\(order)-SHIPPED"])
        }
    }

    @Test func `a batch that was rolled back is not sent again`() throws {
        let consumer = try consumer()
        #expect(try applyAndRollBack(consumer, many(10)) == nil)
        try database.apply(consumer, many(12))
        #expect(api.requests.count == 12)
        #expect(api.acceptances.values.allSatisfy { $0 == 1 })
    }

    @Test(arguments: [500, 503, 408, 425, 429])
    func `what may pass is sent again within the batch`(status: Int) throws {
        api.script([.status(status), .hangUp])
        try database.apply(consumer { $0.attempts = 4 }, many(3))
        #expect(api.requests.count == 5)
        #expect(api.acceptances == ["1-CONFIRMED": 1, "2-CONFIRMED": 1, "3-CONFIRMED": 1])
        #expect(
            try database.rows("SELECT sum(attempts), min(status_code), max(status_code) FROM data_platform_deliveries")
                == ["5 200 200"])
    }

    @Test func `requests are timed by what came of them`() throws {
        let registry = MetricRegistry()
        let consumer = DataPlatformConsumer(
            try DataPlatformSettings(url: api.url), database: ConnectionSettings(dsn: database.dsn, applicationName: "tests"),
            metrics: registry)
        api.script([.hangUp, .status(503), .slow(200, milliseconds: 120)])
        try database.apply(consumer, many(1))
        let text = registry.render()
        func count(_ code: String) -> Bool {
            text.contains("outbox_consumer_external_http_seconds_count{code=\"\(code)\",consumer=\"data-platform\"} 1\n")
        }
        #expect(count("503") && count("none") && count("200"), "\(text)")
        let sum = text.split(separator: "\n").first {
            $0.hasPrefix("outbox_consumer_external_http_seconds_sum{code=\"200\",consumer=\"data-platform\"}")
        }
        let seconds = sum?.split(separator: " ").last.flatMap { Double($0) } ?? 0
        #expect((0.12...5).contains(seconds), "\(text)")
    }

    @Test func `Retry-After is kept, between batches too`() throws {
        api.script([.status(429, retryAfterSeconds: 1)])
        let consumer = try consumer()
        var start = MonotonicTime.now()
        try database.apply(consumer, many(1))
        #expect(MonotonicTime.now() - start >= 1_000_000_000)

        api.forget()
        api.always(.status(503, retryAfterSeconds: 2))
        start = MonotonicTime.now()
        let impatient = try self.consumer { $0.batchMilliseconds = 500 }
        let events = Array(try many(2).suffix(1))
        #expect(try applyAndRollBack(impatient, events)?.errorClass == .dependency("http"))
        #expect(try applyAndRollBack(impatient, events)?.message == "the API asked to be left alone for a while")
        #expect(api.requests.count == 1)
        api.always(.status(200))
        let accepted = try Await.until(seconds: 5) { try applyAndRollBack(impatient, events) == nil }
        #expect(accepted)
        #expect(MonotonicTime.now() - start >= 2_000_000_000)
        #expect(api.requests.count == 2)
    }

    @Test func `an API that is down loses nothing, and what it took before is not sent again`() throws {
        let consumer = try consumer { $0.attempts = 2 }
        api.script(Array(repeating: .status(200), count: 10))
        api.always(.status(500))
        let error = try applyAndRollBack(consumer, many(30))
        #expect(error?.errorClass == .dependency("http"))
        #expect(error?.message == "the API answered 500, 2 times")
        api.always(.status(200))
        try database.apply(consumer, many(30))
        #expect(api.acceptances.count == 30)
        #expect(api.acceptances.values.allSatisfy { $0 == 1 })
    }

    @Test func `a refused connection and an API that never answers are the dependency http`() throws {
        let consumer = try consumer {
            $0.attempts = 2
            $0.totalTimeoutMilliseconds = 200
        }
        api.stop()
        let refused = try applyAndRollBack(consumer, many(2))
        #expect(refused?.errorClass == .dependency("http"))
        #expect(refused?.message == "the API did not answer (Couldn't connect to server), 2 times")
        try api.start()
        api.always(.silence)
        let silent = try applyAndRollBack(consumer, many(2))
        #expect(silent?.errorClass == .dependency("http"))
        #expect(silent?.message == "the API did not answer (Timeout was reached), 2 times")
        api.always(.status(200))
        try database.apply(consumer, many(2))
        #expect(api.acceptances == ["1-CONFIRMED": 1, "2-CONFIRMED": 1])
        #expect(try database.rows("SELECT DISTINCT status_code FROM data_platform_deliveries") == ["200"])
    }

    @Test(arguments: [400, 401, 404, 422])
    func `what the API refuses is refused here, and is sent again when it is retried`(status: Int) throws {
        let consumer = try consumer { $0.parallel = 1 }
        api.script([.status(200), .status(status)])
        let outcome = try database.apply(consumer, many(3))
        #expect(outcome.refusals == ["\(ShopEvents.id(2)): the API answered \(status)"])
        #expect(api.acceptances == ["1-CONFIRMED": 1, "3-CONFIRMED": 1])
        #expect(try database.apply(consumer, [many(3)[1]]).refusals.isEmpty)
        #expect(api.acceptances["2-CONFIRMED"] == 1)
        #expect(
            try database.rows("SELECT attempts FROM data_platform_deliveries WHERE idempotency_key = '2-CONFIRMED'") == ["2"])
    }

    @Test func `later states of an order are not sent in the batch in which one is refused`() throws {
        let consumer = try consumer { $0.parallel = 1 }
        api.script([.status(422)])
        let events = try events([(1, "CONFIRMED"), (1, "SHIPPED"), (2, "CONFIRMED")])
        #expect(try applyAndRollBack(consumer, events)?.errorClass == .badData)
        #expect(api.requests.map(\.key) == ["1-CONFIRMED", "2-CONFIRMED"])
    }

    @Test func `an event for which alone the API fails does not wait for ever`() throws {
        let consumer = try consumer {
            $0.attempts = 2
            $0.attemptsBeforeDeadLetter = 4
        }
        let events = try many(2)
        api.always(.status(500))
        for _ in 1...4 { #expect(try applyAndRollBack(consumer, events)?.errorClass == .dependency("http")) }
        // It takes the second one now, and still not the first.
        api.always(.status(200))
        try database.apply(consumer, [events[1]])
        api.always(.status(500))
        let error = try applyAndRollBack(consumer, events)
        #expect(error?.errorClass == .badData)
        #expect(error?.message == "the API answered 500, 2 times, and takes other events meanwhile")
        api.always(.status(429))
        #expect(try applyAndRollBack(consumer, events)?.errorClass == .dependency("http"))
    }

    @Test func `an answer that makes no sense is nobody's refusal`() throws {
        api.always(.status(302))
        let error = try applyAndRollBack(consumer(), many(1))
        #expect(error?.errorClass == .dependency("http"))
        #expect(error?.message == "the API answered 302")
    }

    @Test func `lanes at the same time send each event once`() throws {
        api.always(.slow(200, milliseconds: 5))
        let consumer = try consumer()
        let events = try many(200)
        let lists = (0..<4).map { lane in events.enumerated().filter { $0.offset % 4 == lane }.map(\.element) }
        _ = try database.applyAtOnce(consumer, lists, batch: 25)
        #expect(api.acceptances.count == 200)
        #expect(api.requests.count == 200)
        #expect(try database.number("SELECT count(*) FROM data_platform_deliveries WHERE status_code = 200") == 200)
    }

    @Test func `records that nothing asks for any more are removed`() throws {
        try database.apply(consumer(), many(2))
        try database.session().execute(
            """
            UPDATE data_platform_deliveries SET updated_at = now() - interval '36 days' WHERE idempotency_key = '1-CONFIRMED'
            """)
        // Once an hour in a process: another consumer looks at once.
        try database.apply(consumer(), Array(many(3).suffix(1)))
        #expect(
            try database.rows("SELECT idempotency_key FROM data_platform_deliveries ORDER BY 1") == [
                "2-CONFIRMED", "3-CONFIRMED",
            ])
    }

    @Test func `many such records are all removed within a few batches, and trouble with that fails none`() throws {
        let consumer = try consumer()
        let session = try database.session()
        try session.execute(
            """
            INSERT INTO data_platform_deliveries (event_id, idempotency_key, status_code, attempts, updated_at)
            SELECT gen_random_uuid(), 'old', 200, 1, now() - interval '36 days' FROM generate_series(1, 25000);
            CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
            CREATE TRIGGER no BEFORE DELETE ON data_platform_deliveries EXECUTE FUNCTION no()
            """)
        try database.apply(self.consumer(), many(1))
        #expect(try database.number("SELECT count(*) FROM data_platform_deliveries WHERE idempotency_key = 'old'") == 25_000)
        try session.execute("DROP TRIGGER no ON data_platform_deliveries")
        try database.apply(consumer, many(4), batch: 1)
        #expect(try database.number("SELECT count(*) FROM data_platform_deliveries WHERE idempotency_key = 'old'") == 0)
        #expect(try database.number("SELECT count(*) FROM data_platform_deliveries") == 4)
    }

    @Test func `a slow API gets its batch in pieces`() throws {
        api.always(.slow(200, milliseconds: 60))
        let consumer = try consumer {
            $0.parallel = 2
            $0.batchMilliseconds = 200
        }
        var errors: [ErrorClass] = []
        while let error = try applyAndRollBack(consumer, many(20)), errors.count < 20 { errors.append(error.errorClass) }
        #expect(!errors.isEmpty && errors.allSatisfy { $0 == .transient })
        #expect(api.acceptances.count == 20)
        #expect(api.requests.count == 20)
    }

    @Test func `only a certificate of a trusted authority and of this host will do`() throws {
        let authority = try CertificateAuthority()
        let untrusted = "the API did not answer (SSL peer certificate or SSH remote key was not OK), 1 times"
        let good = try authority.server()
        #expect(try postOverTLS(to: good, trusting: nil) == untrusted)
        #expect(try postOverTLS(to: authority.serverOfWrongHost(), trusting: authority.certificatePath) == untrusted)
        // This server is trusted and then does not know what to do with a POST.
        let trusted = try postOverTLS(to: good, trusting: authority.certificatePath)
        #expect(trusted == "the API did not answer (Timeout was reached), 1 times")
    }

    /// What is said of a request to an `openssl s_server`.
    private func postOverTLS(to certificate: Certificate, trusting authority: String?) throws -> String? {
        let port = try FreePort.next()
        var command = ChildCommand(
            "openssl",
            ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate.certificatePath, "-key", certificate.keyPath])
        command.standardInput = .pipe
        command.standardOutput = .pipe
        let server = try ChildProcess(command)
        defer { server.terminate(graceMilliseconds: 0) }
        var settings = try DataPlatformSettings(url: "https://127.0.0.1:\(port)/orders")
        settings.attempts = 1
        settings.totalTimeoutMilliseconds = 700
        settings.certificateAuthorityPath = authority
        let consumer = DataPlatformConsumer(settings, database: ConnectionSettings(dsn: database.dsn, applicationName: "tests"))
        var message: String?
        _ = try Await.until(seconds: 5, everyMilliseconds: 50) {
            message = try applyAndRollBack(consumer, many(1))?.message
            return message?.contains("connect") == false
        }
        return message
    }
}
