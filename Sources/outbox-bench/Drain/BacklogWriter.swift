import PostgresClient
import ServiceRuntime

/// Fills the outbox before it is drained: rows numbered from 0, a fixed number of rows in each transaction.
struct BacklogWriter {
    private static let rowsPerStatement = 20_000

    let row: WorkloadRow
    let events: Int
    let perTransaction: Int

    /// Writes all rows, by loops inside the server. One session, so that numbers ascend in the order of the commits.
    func write(on connection: Connection, stop: StopSignal, progress: Progress) throws {
        // Durable from the checkpoint at the end on; the measurement begins after it.
        try connection.execute("SET synchronous_commit = off")
        let step = max(1, Self.rowsPerStatement / perTransaction) * perTransaction
        var first = 0
        while first < events {
            if stop.isSet { throw BenchError.interrupted }
            let end = min(events, first + step)
            try connection.execute(statement(from: first, to: end), timeoutMilliseconds: nil)
            first = end
            progress.update("writing events: \(Figures.grouped(first)) of \(Figures.grouped(events))")
        }
        try connection.execute("CHECKPOINT", timeoutMilliseconds: nil)
    }

    private func statement(from first: Int, to end: Int) -> String {
        """
        DO $$
        DECLARE i bigint := \(first);
        BEGIN
            WHILE i < \(end) LOOP
                INSERT INTO outbox_events (\(WorkloadRow.columns))
                SELECT \(row.values("n")) FROM generate_series(i, least(i + \(perTransaction), \(end)) - 1) AS n;
                COMMIT;
                i := i + \(perTransaction);
            END LOOP;
        END $$
        """
    }
}
