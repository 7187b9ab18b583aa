import PostgresClient
import Synchronization

/// A shop that is open: orders, payments, cancellations, restocks and visits, each in a transaction with its event in the outbox.
///
/// Its writers outlive restarts of the server. What was committed, the tables tell.
public final class ShopWorkload: Sendable {
    private let seed: UInt64
    private let problemLog = Mutex<[String]>([])
    private let threads: PacedWriters

    static let writers = 2

    public init(dsn: String, transactionsPerSecond: Int, seed: UInt64) throws {
        self.seed = seed
        threads = try PacedWriters(dsn: dsn, name: "shop", count: Self.writers, unitsPerSecond: max(1, transactionsPerSecond))
    }

    public func start() throws {
        try threads.start { [self] number in
            // From 1: their numbers are those of flash sales and coupons as well.
            var plan = ShopPlan(writer: number + 1, seed: seed)
            return { (connection) throws(PostgresError) in
                try connection.execute(plan.next())
                return 1
            }
        } onFailure: { [self] error, isExpected in
            if !isExpected { problemLog.withLock { $0.append("\(error)") } }
        }
    }

    /// Ends the writers, each after its transaction. Callable any number of times.
    public func stop() { threads.stop() }

    /// Errors that a server's end does not explain; empty in a sound drill.
    public var problems: [String] { problemLog.withLock { $0 } }
}
