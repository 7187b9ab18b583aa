import CommandLineKit
import Glibc
import Kafka
import LocalServers
import PostgresClient
public import ServiceRuntime
import Telemetry

/// `outbox-relay demo`: a real PostgreSQL, a Kafka, the relay and the fan-out, orders written in transactions and read back, and a
/// verdict.
///
/// Everything it starts is gone when `run` returns or throws; the processes also end when this one is killed.
public final class Demo: Sendable {
    private let options: DemoOptions
    private let stop: StopSignal
    private let screen: DemoScreen
    private let recorder = DeliveryRecorder()
    private static let writers = 2
    private static let customers = 12
    /// Orders and what belongs to them once the verdict is there: an order a second.
    private static let quietEventsPerSecond = 2.9
    /// Nine years, in ns.
    private static let forEver: Int64 = 1 << 58

    /// - Parameter stop: ends the demo at any moment.
    public init(_ options: DemoOptions, stop: StopSignal) {
        self.options = options
        self.stop = stop
        screen = DemoScreen(options.printsJSON ? STDERR_FILENO : STDOUT_FILENO)
    }

    /// Runs the demo on the calling thread. Returns whether the verdict is clean; throws when there is none.
    public func run() throws(DemoError) -> Bool {
        do throws(DemoError) {
            screen.print(
                screen.style.strong("outbox-relay demo: from a commit in PostgreSQL to a consumer of Kafka and a browser") + "\n")
            let servers = try startServers()
            defer { servers.destroy() }
            let dsn = servers.postgres.dsn()
            try prepareTopic(DemoOptions.topic, servers.kafka)
            let browsers = try startFanout(servers.kafka)
            defer { browsers?.destroy() }
            let relay = try DemoProcess.relay(program: options.program, dsn: dsn, bootstrap: servers.kafka.bootstrap)
            defer { relay.destroy() }
            try relay.waitUntilReady(stop: stop) { screen.waiting("starting the relay") }
            screen.step("Relay", "streams, \(relay.statusURL)")
            try connect(browsers)
            let topics = [DemoOptions.topic] + (browsers == nil ? [] : [DemoOptions.browserTopic])
            let reader = try EventReader(
                topics: topics, bootstrap: servers.kafka.bootstrap, isMock: servers.kafka.isMock, recorder: recorder)
            defer { reader.stop() }
            let programs = [relay] + (browsers.map { [$0.process] } ?? [])
            var tills = try openTills(dsn: dsn, tellsBrowsers: browsers != nil, programs)
            let verdict = try exchangeEvents(&tills, dsn: dsn, programs, hasBrowser: browsers != nil)
            let connections = DemoConnections(servers, relay, browsers, options)
            report(verdict, connections)
            if options.keepsRunning { try keepRunning(reader, tills, dsn: dsn, programs, connections) }
            screen.stopping()
            return verdict.isClean
        } catch {
            screen.finish()
            throw error
        }
    }

    // MARK: Start

    private func startServers() throws(DemoError) -> DemoServers {
        var pending = ["PostgreSQL", "Kafka"]
        return try DemoServers.start(options, stop: stop) {
            if stop.isSet { screen.stopping() } else { screen.waiting("starting \(pending.joined(separator: " and "))") }
        } postgresReady: { server throws(DemoError) in
            pending.removeAll { $0 == "PostgreSQL" }
            let version = try Self.version(of: server)
            screen.step("PostgreSQL", "\(version) on 127.0.0.1:\(server.port), wal_level=logical")
            try DemoSchema.apply(dsn: server.dsn(), migrations: options.migrations)
            screen.step("Migrations", "outbox_events, outbox_checkpoints; and a table of orders")
        } kafkaReady: { kafka in
            pending.removeAll { $0 == "Kafka" }
            let hint = kafka.isMock ? "; KAFKA_HOME chooses a real one" : ""
            screen.step("Kafka", "\(kafka.label) on \(kafka.bootstrap)\(hint)")
        }
    }

    private static func version(of server: TemporaryPostgres) throws(DemoError) -> String {
        do throws(PostgresError) {
            let connection = try Connection.open(ConnectionSettings(dsn: server.dsn(), applicationName: "demo"))
            return "\(connection.serverVersion / 10_000).\(connection.serverVersion % 10_000)"
        } catch { throw DemoError("connecting to the new PostgreSQL: \(error)") }
    }

    /// Asking for the topic creates it, on the mock broker as well, which answers no request of an administrator.
    private func prepareTopic(_ name: String, _ kafka: DemoKafka) throws(DemoError) {
        do throws(KafkaError) {
            let admin = try Admin(properties: ["bootstrap.servers": kafka.bootstrap], logger: .disabled)
            let deadline = MonotonicTime.now() + 10_000_000_000
            while true {
                let topic = try admin.metadata(topic: name, timeoutMilliseconds: 10_000)
                guard let error = topic.error else { return }
                guard MonotonicTime.now() < deadline else { throw error }
            }
        } catch { throw DemoError("creating the topic \(name): \(error)") }
    }

    /// Nil, with a word about it, when its program is not there.
    private func startFanout(_ kafka: DemoKafka) throws(DemoError) -> BrowserSide? {
        guard let program = BrowserSide.program(beside: options.program) else {
            screen.step("Fan-out", "left out: there is no outbox-fanout beside this program, so no browser is shown")
            return nil
        }
        try prepareTopic(DemoOptions.browserTopic, kafka)
        return try BrowserSide(program: program, kafka: kafka)
    }

    private func connect(_ browsers: BrowserSide?) throws(DemoError) {
        guard let browsers else { return }
        try browsers.process.waitUntilReady(stop: stop) { screen.waiting("starting the fan-out") }
        try browsers.connect(recorder)
        screen.step("Fan-out", "serves browsers, \(browsers.pageURL)")
    }

    // MARK: Events

    /// Writes the first orders and waits until they are back. Their time is shown by itself and not among the others: it is mostly
    /// that of the clients' first look at the topic.
    private func openTills(
        dsn: String, tellsBrowsers: Bool, _ programs: [DemoProcess]
    ) throws(DemoError) -> [OrderScript] {
        var tills: [OrderScript] = []
        var random = SystemRandomNumberGenerator()
        let begin = MonotonicTime.now()
        do throws(PostgresError) {
            let connection = try Connection.open(Self.writerSettings(dsn), stop: stop)
            for till in 0..<Self.writers {
                let customers = (1...Self.customers).filter { $0 % Self.writers == till }
                var script = OrderScript(
                    customers: customers, firstOrder: 1_001 + till, orderStep: Self.writers, tellsBrowsers: tellsBrowsers)
                try OrderWriter.write(script.opening(using: &random), on: connection, recorder)
                tills.append(script)
            }
        } catch {
            if error.kind == .interrupted { throw DemoError.interrupted }
            throw DemoError("writing the first orders: \(error)")
        }
        while recorder.missing > 0 {
            try checkStop()
            for program in programs { try program.requireRunning() }
            guard MonotonicTime.now() - begin < 30_000_000_000 else {
                let reason = recorder.lastKafkaError.map { " The reader met: \($0)." } ?? ""
                throw DemoError(
                    "The first events did not arrive within 30 s.\(reason) The end of the logs:\n"
                        + programs.map { $0.logTail() }.joined(separator: "\n"))
            }
            screen.waiting("waiting for the first events")
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 5)
        }
        let taken = NumberText.seconds(nanoseconds: MonotonicTime.now() - begin)
        screen.step(
            "Events", "the first \(recorder.counts.delivered) are through after \(taken), the look-up of their topic included")
        return tills
    }

    private static func writerSettings(_ dsn: String) -> ConnectionSettings {
        ConnectionSettings(dsn: dsn, applicationName: "demo orders")
    }

    private func exchangeEvents(
        _ tills: inout [OrderScript], dsn: String, _ programs: [DemoProcess], hasBrowser: Bool
    ) throws(DemoError) -> DemoVerdict {
        let plan = "\(NumberText.tenths(options.seconds)) s of orders, \(NumberText.count(options.rate)) events/s"
        screen.print("\n  \(plan): an order and its events in one transaction, some rolled back\n")
        recorder.beginMeasuring()
        let begin = MonotonicTime.now()
        let duration = Int64(options.seconds * 1e9)
        var writers: [OrderWriter] = []
        defer {
            for writer in writers { writer.cancel() }
            for writer in writers { writer.join() }
        }
        for script in tills {
            writers.append(
                try makeWriter(
                    script, dsn: dsn, eventsPerSecond: Double(options.rate) / Double(tills.count), duration: duration))
        }
        var meter = RateMeter()
        _ = meter.add(recorder.counts.delivered, at: begin)
        while MonotonicTime.now() - begin < duration { try tick(&meter, programs) }
        tills = writers.map { $0.join() }
        let seconds = Double(MonotonicTime.now() - begin) / 1e9
        try settle(&meter, programs)
        screen.finish()
        return DemoVerdict(
            counts: recorder.counts, p50Milliseconds: recorder.milliseconds(quantile: 0.5),
            p99Milliseconds: recorder.milliseconds(quantile: 0.99), seconds: (seconds * 10).rounded() / 10,
            browser: hasBrowser
                ? .init(
                    counts: recorder.browserCounts, p50Milliseconds: recorder.browserMilliseconds(quantile: 0.5),
                    p99Milliseconds: recorder.browserMilliseconds(quantile: 0.99)) : nil)
    }

    private func makeWriter(
        _ script: OrderScript, dsn: String, eventsPerSecond: Double, duration: Int64
    ) throws(DemoError) -> OrderWriter {
        try OrderWriter(
            script, settings: Self.writerSettings(dsn), eventsPerSecond: eventsPerSecond, duration: duration, recorder: recorder,
            stop: stop)
    }

    /// Shows where things stand and waits a moment.
    private func tick(_ meter: inout RateMeter, _ programs: [DemoProcess]) throws(DemoError) {
        try checkStop()
        if let failure = recorder.failure { throw failure }
        for program in programs { try program.requireRunning() }
        let counts = recorder.counts
        let rate = meter.add(counts.delivered, at: MonotonicTime.now())
        screen.progress(
            "  events \(NumberText.padded(NumberText.count(counts.delivered), 7))"
                + "   events/s \(NumberText.padded(NumberText.count(Int(rate.rounded())), 6))"
                + "   p50 \(NumberText.padded(NumberText.milliseconds(recorder.milliseconds(quantile: 0.5)), 9))"
                + "   p99 \(NumberText.padded(NumberText.milliseconds(recorder.milliseconds(quantile: 0.99)), 9))"
                + "   lag \(NumberText.count(recorder.missing))")
        _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 100)
    }

    /// Waits until everything has arrived, at most 10 s without any arrival, and then a moment for what should not come.
    private func settle(_ meter: inout RateMeter, _ programs: [DemoProcess]) throws(DemoError) {
        var missing = Int.max
        var lastArrival = MonotonicTime.now()
        while recorder.missing > 0, MonotonicTime.now() - lastArrival < 10_000_000_000 {
            try tick(&meter, programs)
            if recorder.missing != missing {
                missing = recorder.missing
                lastArrival = MonotonicTime.now()
            }
        }
        for _ in 0..<5 { try tick(&meter, programs) }
    }

    private func checkStop() throws(DemoError) {
        guard stop.isSet else { return }
        screen.stopping()
        throw DemoError.interrupted
    }

    // MARK: End

    private func report(_ verdict: DemoVerdict, _ connections: DemoConnections) {
        if let record = recorder.firstRecord {
            screen.heading("One event as Kafka holds it (its value indented)")
            screen.print(RecordText.render(record).indented)
        }
        screen.heading("Verdict")
        screen.print(verdict.render(screen.style).indented)
        let sentence = verdict.isClean ? screen.style.good(verdict.sentence) : screen.style.bad(verdict.sentence)
        screen.print("\n  \(sentence)")
        if verdict.counts.missing > 0, let error = recorder.lastKafkaError { screen.print("  the reader met: \(error)") }
        if options.printsJSON {
            var members = verdict.members
            members += [.init("postgres", JSONValue(connections.postgres)), .init("kafka", JSONValue(connections.kafka))]
            members.append(.init("sample", recorder.firstRecord.map { RecordText.json($0) } ?? .null))
            if options.keepsRunning { members.append(.init("connect", connections.json)) }
            Terminal.print(JSONValue.object(members).render(pretty: true))
        }
        if !options.keepsRunning {
            screen.print(
                "\n  " + screen.style.quiet("\(screen.elapsed) in all. Everything is removed again; --keep leaves it running."))
        }
    }

    private func keepRunning(
        _ reader: EventReader, _ tills: [OrderScript], dsn: String, _ programs: [DemoProcess], _ connections: DemoConnections
    ) throws(DemoError) {
        screen.heading("It keeps running, with an order every second; Ctrl-C stops and removes everything")
        screen.print(connections.text.indented)
        if let page = connections.pageURL {
            screen.print("  \(screen.style.strong(page)) in a browser shows the events as they happen.")
        }
        screen.print("  What you write is shown here:\n")
        let screen = screen
        reader.showStrangers { screen.print("  " + RecordText.line($0)) }
        var writers: [OrderWriter] = []
        defer {
            for writer in writers { writer.cancel() }
            for writer in writers { writer.join() }
        }
        for script in tills {
            writers.append(
                try makeWriter(
                    script, dsn: dsn, eventsPerSecond: Self.quietEventsPerSecond / Double(tills.count),
                    duration: Self.forEver))
        }
        while !stop.isSet {
            for program in programs { try program.requireRunning() }
            screen.waiting("\(NumberText.count(recorder.counts.delivered)) events have arrived")
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 500)
        }
        screen.finish()
        screen.print()
    }
}

extension String {
    /// Every line that is not empty two columns further right, without a newline at the end.
    fileprivate var indented: String {
        split(separator: "\n", omittingEmptySubsequences: false).dropLast(hasSuffix("\n") ? 1 : 0)
            .map { $0.isEmpty ? "" : "  \($0)" }.joined(separator: "\n")
    }
}
