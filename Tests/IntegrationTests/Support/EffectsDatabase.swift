import ConsumerKit
import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import Synchronization
import TestSupport
import Testing

/// A database of the test's own with the shop's and the consumers' tables, and what a consumer needs to be run there without Kafka: a
/// transaction around each batch.
final class EffectsDatabase: Sendable {
    let dsn: String

    /// What became of events beside the tables.
    struct Outcome: Sendable {
        /// `id: reason`, in the order of ids.
        var refusals: [String] = []
        var messages: [OutboxMessage] = []
    }

    init(version: Int? = nil) throws {
        let server = try TestServers.postgres(version: version)
        dsn = try TestServers.makeDatabase(TestServers.uniqueName("effects"), on: server)
        let sql = try session()
        try OutboxSchema.applyConsumers(on: sql)
    }

    func session() throws -> Connection { try Connection.open(ConnectionSettings(dsn: dsn, applicationName: "tests")) }

    // MARK: Applying

    /// Applies events in batches of that many, each in a transaction that is committed.
    @discardableResult
    func apply(
        _ consumer: any EventConsumer, _ events: [ConsumedEvent], batch: Int = .max, on session: Connection? = nil
    ) throws -> Outcome {
        let session = try session ?? self.session()
        var outcome = Outcome()
        var rest = events[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(batch))
            rest = rest.dropFirst(batch)
            try session.execute("BEGIN")
            let transaction = EffectTransaction(session)
            do { try consumer.apply(part, in: transaction) } catch {
                try session.execute("ROLLBACK")
                throw error
            }
            try session.execute("COMMIT")
            outcome.refusals += transaction.rejected.map { "\($0.event.id): \($0.reason)" }
            outcome.messages += transaction.messages
        }
        outcome.refusals.sort()
        return outcome
    }

    /// Applies several lists of events at the same time, each on a session and thread of its own. Throws the first error of any.
    func applyAtOnce(_ consumer: any EventConsumer, _ lists: [[ConsumedEvent]], batch: Int) throws -> [Outcome] {
        let results = Mutex<[Int: Result<Outcome, any Error>]>([:])
        let threads = try lists.enumerated().map { index, events in
            try OwnedThread.start(name: "lane") { [self] in
                let result = Result { try apply(consumer, events, batch: batch) }
                results.withLock { $0[index] = result }
            }
        }
        for thread in threads { thread.join() }
        return try results.withLock { results in try lists.indices.compactMap { try results[$0]?.get() } }
    }

    // MARK: Looking

    /// The rows of a query, their values joined by blanks; NULL is `-`.
    func rows(_ query: String) throws -> [String] {
        let result = try session().execute(query)
        return (0..<result.rowCount).map { row in
            (0..<result.columnCount).map { result.text(row, $0) ?? "-" }.joined(separator: " ")
        }
    }

    func number(_ query: String) throws -> Int64? { try session().execute(query).integer(0, 0) }
}

extension Trait where Self == ConditionTrait {
    /// Skips the tests where there is no PostgreSQL; never with CI=true.
    static var needsPostgres: Self { .enabled(if: TestServers.hasPostgres, Comment(rawValue: TestServers.howToGetThem)) }
}
