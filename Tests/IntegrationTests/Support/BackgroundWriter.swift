import Drills
import PostgresClient
import ServiceRuntime
import Synchronization

/// Writes events with ever higher numbers, a few a transaction, until it is told to finish. On a thread and a session of its own.
final class BackgroundWriter: Sendable {
    private struct State {
        var last = 0
        var failure: String?
    }

    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private let stop: StopSignal
    private let shared: Shared
    private let thread: OwnedThread

    /// - Parameter from: the first number.
    init(_ stage: Stage, from first: Int = 1) throws {
        let stop = try StopSignal()
        self.stop = stop
        let dsn = stage.dsn
        let shared = Shared()
        self.shared = shared
        thread = try OwnedThread.start(name: "writer") {
            do {
                let session = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "writer"))
                var next = first
                while !stop.isSet {
                    let count = 1 + next % 4
                    let rows = (next..<next + count).map { "('T', '\($0 % 7)', 'E', '{\"n\": \($0)}')" }
                    try session.execute(
                        "INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) VALUES \(rows.joined(separator: ", "))"
                    )
                    next += count
                    shared.state.withLock { $0.last = next - 1 }
                    _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 2)
                }
            } catch { shared.state.withLock { $0.failure = "\(error)" } }
        }
    }

    /// The same for a server that was killed meanwhile: returns the last number whose commit was acknowledged.
    func finishAnyhow() -> Int {
        stop.set()
        thread.join()
        return shared.state.withLock { $0.last }
    }

    /// Ends it; returns the last number that was committed.
    func finish() throws -> Int {
        stop.set()
        thread.join()
        return try shared.state.withLock { state in
            if let failure = state.failure { throw TopicLog.Failure(description: "the writer failed: \(failure)") }
            return state.last
        }
    }
}
