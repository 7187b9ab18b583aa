import Glibc
import LocalServers
import ServiceRuntime

/// PostgreSQL and Kafka of the demo, started at the same time.
final class DemoServers: Sendable {
    let postgres: TemporaryPostgres
    let kafka: DemoKafka

    private init(postgres: TemporaryPostgres, kafka: DemoKafka) {
        self.postgres = postgres
        self.kafka = kafka
    }

    /// Returns when both serve; calls `postgresReady` and `kafkaReady` on the calling thread as each does, and `waiting` ten times a
    /// second until then.
    ///
    /// When one of them cannot be started, or `stop` is set, the other is ended, and both are gone when this throws.
    static func start(
        _ options: DemoOptions, stop: StopSignal, waiting: () -> Void,
        postgresReady: (TemporaryPostgres) throws(DemoError) -> Void,
        kafkaReady: (DemoKafka) -> Void
    ) throws(DemoError) -> DemoServers {
        let finished: EventFD
        do throws(SystemError) { finished = try EventFD() } catch { throw DemoError("\(error)") }
        let postgres = try BackgroundStart("postgres", finished: finished) { () throws(DemoError) in
            try DemoPostgres.start(options.environment)
        }
        let kafka: BackgroundStart<DemoKafka>
        do throws(DemoError) {
            kafka = try BackgroundStart("kafka", finished: finished) { () throws(DemoError) in try DemoKafka.start(options) }
        } catch {
            end(postgres) { $0.destroy() }
            throw error
        }
        do throws(DemoError) {
            var startedPostgres: TemporaryPostgres?
            var startedKafka: DemoKafka?
            while true {
                if startedPostgres == nil, let server = try postgres.result?.get() {
                    startedPostgres = server
                    try postgresReady(server)
                }
                if startedKafka == nil, let server = try kafka.result?.get() {
                    startedKafka = server
                    kafkaReady(server)
                }
                if let startedPostgres, let startedKafka { return DemoServers(postgres: startedPostgres, kafka: startedKafka) }
                waiting()
                if stop.isSet { throw DemoError.interrupted }
                let targets = [PollTarget(finished.fileDescriptor), PollTarget(stop.fileDescriptor)]
                if let found = try? waitReadable(targets, timeoutMilliseconds: 100), !found[0].isEmpty { finished.drain() }
            }
        } catch {
            end(postgres) { $0.destroy() }
            end(kafka) { $0.destroy() }
            throw error
        }
    }

    func destroy() {
        postgres.destroy()
        kafka.destroy()
    }

    /// Waits until a start is over, which a signal to all that it has started makes soon, and undoes it.
    private static func end<Value>(_ start: BackgroundStart<Value>, undo: (Value) -> Void) {
        let begin = MonotonicTime.now()
        while start.result == nil {
            ChildProcesses.signal(MonotonicTime.now() - begin < 500_000_000 ? SIGTERM : SIGKILL)
            usleep(50_000)
        }
        if case .success(let value) = start.result { undo(value) }
    }
}
