import Glibc
public import PostgresClient
public import ServiceRuntime
import Synchronization

/// A statement that may take long, run on a thread and a session of its own, so that the command can show progress and end it.
///
/// It is ended on the server: closing the connection would leave the server at work, and a slot that is being created would
/// appear after the command is gone.
public struct CancellableStatement {
    /// How it ended without a server error.
    public enum Outcome: Equatable, Sendable {
        /// The first value of the first row.
        case done(String?)
        /// `stop` was set.
        case stopped
        /// The time was over.
        case timedOut
    }

    private enum Ending: Sendable {
        case value(String?)
        case error(PostgresError)
    }

    private struct Shared {
        var backendPID: Int32 = 0
        var ending: Ending?
    }

    private final class Worker: Sendable {
        let shared = Mutex(Shared())
        let finished: StopSignal

        init() throws(SystemError) { finished = try StopSignal() }

        func run(_ sql: String, _ settings: ConnectionSettings) {
            let ending: Ending
            do throws(PostgresError) {
                let connection = try Connection.open(settings)
                shared.withLock { $0.backendPID = connection.backendPID }
                ending = .value(try connection.execute(sql, timeoutMilliseconds: nil).scalar)
            } catch { ending = .error(error) }
            shared.withLock { $0.ending = ending }
            finished.set()
        }
    }

    private let settings: ConnectionSettings
    private let stop: StopSignal
    private let timeoutSeconds: Int?

    /// - Parameters:
    ///   - timeoutSeconds: nil waits without end.
    ///   - stop: set by Ctrl-C.
    public init(_ settings: ConnectionSettings, timeoutSeconds: Int?, stop: StopSignal) {
        self.settings = settings
        self.timeoutSeconds = timeoutSeconds
        self.stop = stop
    }

    /// Runs `sql`; calls `progress` about twice a second with the seconds that passed.
    ///
    /// - Parameter observer: an idle session of the same role, used to cancel.
    public func run(
        _ sql: String, doing: String, observer: Connection, progress: (Double) -> Void
    ) throws(OperationError) -> Outcome {
        let worker: Worker
        let thread: OwnedThread
        do throws(SystemError) {
            let made = try Worker()
            let settings = self.settings
            worker = made
            thread = try OwnedThread.start(name: "statement") { made.run(sql, settings) }
        } catch { throw OperationError("\(doing): \(error)") }
        let begun = MonotonicTime.now()
        var given: Outcome?
        while !worker.finished.isSet {
            let seconds = Double(MonotonicTime.now() - begun) / 1e9
            if given == nil {
                if stop.isSet {
                    given = .stopped
                } else if let timeoutSeconds, seconds >= Double(timeoutSeconds) {
                    given = .timedOut
                }
            }
            if given != nil {
                cancel(worker.shared.withLock { $0.backendPID }, observer)
            } else {
                progress(seconds)
            }
            var targets = [PollTarget(worker.finished.fileDescriptor)]
            if given == nil { targets.append(PollTarget(stop.fileDescriptor)) }
            _ = try? waitReadable(targets, timeoutMilliseconds: given == nil ? 500 : 200)
        }
        thread.join()
        switch worker.shared.withLock({ $0.ending }) {
        case .value(let value): return .done(value)
        case .error(let error):
            if let given, error.sqlState == .queryCanceled || error.sqlState == .adminShutdown { return given }
            throw OperationError("\(doing): \(error)")
        case nil: throw OperationError("\(doing): it ended without an answer")
        }
    }

    private func cancel(_ pid: Int32, _ observer: Connection) {
        guard pid != 0 else { return }
        _ = try? observer.execute("SELECT pg_catalog.pg_cancel_backend(\(pid))", timeoutMilliseconds: 5_000)
    }
}
