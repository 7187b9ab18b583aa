import PostgresClient
import ServiceRuntime
import Synchronization

/// A shop that is open: orders, payments, cancellations, restocks and visits, each in a transaction with its event in the outbox.
///
/// Its writers outlive restarts of the server. What was committed, the tables tell.
public final class ShopWorkload: Sendable {
    private let dsn: String
    private let seed: UInt64
    private let transactionsPerSecond: Int
    private let problemLog = Mutex<[String]>([])
    private let stopSignal: StopSignal
    private let threads = Mutex<[OwnedThread]>([])

    static let writers = 2

    public init(dsn: String, transactionsPerSecond: Int, seed: UInt64) throws {
        self.dsn = dsn
        self.seed = seed
        self.transactionsPerSecond = transactionsPerSecond
        stopSignal = try StopSignal()
    }

    deinit { stopSignal.set() }

    public func start() throws {
        // From 1: their numbers are those of flash sales and coupons as well.
        for writer in 1...Self.writers {
            let thread = try OwnedThread.start(name: "shop-\(writer)") { [self] in write(as: writer) }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Ends the writers, each after its transaction. Callable any number of times.
    public func stop() {
        stopSignal.set()
        for thread in threads.withLock({ $0 }) { thread.join() }
    }

    /// Errors that a server's end does not explain; empty in a sound drill.
    public var problems: [String] { problemLog.withLock { $0 } }

    private func write(as writer: Int) {
        var plan = ShopPlan(writer: writer, seed: seed)
        var connection: Connection?
        let interval = Int64(1_000_000_000 * Self.writers / max(1, transactionsPerSecond))
        var due = MonotonicTime.now()
        while !stopSignal.isSet {
            do throws(PostgresError) {
                let live: Connection
                if let connection, connection.isOpen {
                    live = connection
                } else {
                    live = try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "shop \(writer)"))
                }
                connection = live
                try live.execute(plan.next())
                due += interval
            } catch {
                let isExpected = error.isConnectionLoss || error.sqlState?.errorClass == "57"
                if !isExpected { problemLog.withLock { $0.append("\(error)") } }
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
