import LocalServers
import PostgresClient
import ServiceRuntime
import Synchronization

/// Samples the WAL that a server keeps for replication slots, on a thread of its own, and remembers the most.
final class WALPeak: Sendable {
    private let dsn: String
    private let peak = Atomic<Int64>(0)
    private let stop: StopSignal
    private let thread = Mutex<OwnedThread?>(nil)

    init(dsn: String) throws {
        self.dsn = dsn
        stop = try StopSignal()
        let started = try OwnedThread.start(name: "wal-peak") { self.run() }
        thread.withLock { $0 = started }
    }

    var bytes: Int64 { peak.load(ordering: .relaxed) }

    func finish() {
        stop.set()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var connection: Connection?
        while !stop.isSet {
            if connection?.isOpen != true {
                connection = try? Connection.open(ConnectionSettings(dsn: dsn, applicationName: "drill"), stop: stop)
            }
            let found = try? connection?.execute(
                "SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))::bigint FROM pg_catalog.pg_replication_slots")
            if let bytes = found?.integer(0, 0), bytes > peak.load(ordering: .relaxed) { peak.store(bytes, ordering: .relaxed) }
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 200)
        }
    }
}
