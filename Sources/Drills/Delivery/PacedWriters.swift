import PostgresClient
import ServiceRuntime
import Synchronization

/// Threads that write to a database at a steady rate, each on a session of its own. They outlive restarts of the server.
///
/// Any thread may call.
final class PacedWriters: Sendable {
    /// Writes once and returns how many units of the rate that was.
    typealias Write = (Connection) throws(PostgresError) -> Int

    private let dsn: String
    private let name: String
    private let interval: Int64
    private let stopSignal: StopSignal
    private let threads = Mutex<[OwnedThread]>([])
    private let count: Int

    /// - Parameters:
    ///   - name: of threads and sessions, with a number.
    ///   - unitsPerSecond: of all writers together; 0 writes as fast as it goes.
    init(dsn: String, name: String, count: Int, unitsPerSecond: Int) throws {
        self.dsn = dsn
        self.name = name
        self.count = count
        interval = unitsPerSecond > 0 ? Int64(1_000_000_000 * count / unitsPerSecond) : 0
        stopSignal = try StopSignal()
    }

    deinit { stopSignal.set() }

    /// Begins to write.
    ///
    /// - Parameters:
    ///   - makeWriter: called on each thread, with the writer's number from 0.
    ///   - onFailure: what went wrong, and whether the end of the server explains it; the writer goes on with a new session.
    func start(
        _ makeWriter: @escaping @Sendable (Int) -> Write, onFailure: @escaping @Sendable (PostgresError, Bool) -> Void
    ) throws {
        for number in 0..<count {
            let thread = try OwnedThread.start(name: "\(name)-\(number)") { [self] in
                run(makeWriter(number), as: number, onFailure)
            }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Ends the writers, each after its transaction. Callable any number of times.
    func stop() {
        stopSignal.set()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    private func run(_ write: Write, as number: Int, _ onFailure: (PostgresError, Bool) -> Void) {
        var connection: Connection?
        var due = MonotonicTime.now()
        while !stopSignal.isSet {
            do throws(PostgresError) {
                let live: Connection
                if let connection, connection.isOpen {
                    live = connection
                } else {
                    // No stop signal: a transaction under way is finished, so that its outcome is known.
                    live = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "\(name) \(number)"))
                }
                connection = live
                due += interval * Int64(try write(live))
            } catch {
                onFailure(error, error.isConnectionLoss || error.sqlState?.errorClass == "57")
                connection?.close()
                connection = nil
                pause(milliseconds: 20)
            }
            let now = MonotonicTime.now()
            // After an outage writers go on at their rate instead of making up for it.
            due = max(due, now - 200_000_000)
            if due > now { pause(milliseconds: (due - now) / 1_000_000) }
        }
    }

    private func pause(milliseconds: Int64) {
        _ = try? waitReadable([PollTarget(stopSignal.fileDescriptor)], timeoutMilliseconds: milliseconds)
    }
}
