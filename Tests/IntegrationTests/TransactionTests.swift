import Drills
import LocalServers
import PostgresClient
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct TransactionTests {
    @Test(arguments: Versions.all)
    func `Whatever shape a transaction has, its committed rows come once, in commit order, and nothing else`(version: Int) throws
    {
        let server = try Self.server(version)
        try Stage.perform(server: server) { stage in
            try stage.startReady()
            var expected: [Int] = []
            try severalRows(stage, &expected)
            try copy(stage, &expected)
            try savepoints(stage, &expected)
            try rollbacks(stage)
            try twoPhases(stage, &expected)
            try insertedAndChanged(stage, &expected)
            try interleaved(stage, &expected)
            try large(stage, &expected)
            try stage.write([99_999])
            expected.append(99_999)
            try stage.records(expected.count, seconds: 60)
            try stage.wait(for: "0", of: "SELECT count(*) FROM outbox_events WHERE status = 'PENDING'", seconds: 30)
            #expect(try stage.allNumbers() == expected)
        }
    }

    /// With prepared transactions allowed.
    private static func server(_ version: Int) throws -> TemporaryPostgres {
        var options = PostgresOptions()
        options.settings = ["max_prepared_transactions": "5"]
        return try TestServers.ownPostgres(version: version, options: options)
    }

    private func severalRows(_ stage: Stage, _ expected: inout [Int]) throws {
        try stage.write(1...3)
        expected += [1, 2, 3]
    }

    private func copy(_ stage: Stage, _ expected: inout [Int]) throws {
        try stage.execute(
            "CREATE TABLE source AS SELECT 'T' AS t, 'k' AS k, 'E' AS e, jsonb_build_object('n', n) AS p FROM generate_series(10, 19) n"
        )
        let path = "\(stage.server.dataDirectory)/rows.copy"
        try stage.execute("COPY source TO '\(path)'")
        try stage.execute("COPY outbox_events (aggregate_type, aggregate_id, event_type, payload) FROM '\(path)'")
        expected += Array(10...19)
    }

    private func savepoints(_ stage: Stage, _ expected: inout [Int]) throws {
        try stage.execute("BEGIN")
        try stage.write([20])
        try stage.execute("SAVEPOINT a")
        try stage.write([-1])
        try stage.execute("SAVEPOINT nested")
        try stage.write([-2])
        try stage.execute("ROLLBACK TO a")
        try stage.write([21])
        try stage.execute("SAVEPOINT b")
        try stage.write([22])
        try stage.execute("RELEASE b")
        try stage.execute("COMMIT")
        // An exception block is a subtransaction as well.
        try stage.execute(
            """
            DO $$ BEGIN
                BEGIN
                    INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) VALUES ('T', 'k', 'E', '{"n": -3}');
                    PERFORM 1 / 0;
                EXCEPTION WHEN division_by_zero THEN NULL;
                END;
                INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) VALUES ('T', 'k', 'E', '{"n": 23}');
            END $$
            """)
        expected += [20, 21, 22, 23]
    }

    private func rollbacks(_ stage: Stage) throws {
        try stage.execute("BEGIN")
        try stage.write([-4])
        try stage.execute("ROLLBACK")
        try stage.execute("BEGIN")
        try stage.write([-5])
        #expect(throws: PostgresError.self) { try stage.execute("SELECT 1 / 0") }
        // A failed transaction's COMMIT is a rollback.
        try stage.execute("COMMIT")
    }

    private func twoPhases(_ stage: Stage, _ expected: inout [Int]) throws {
        try stage.execute("BEGIN")
        try stage.write([31])
        try stage.execute("PREPARE TRANSACTION 'kept'")
        try stage.execute("BEGIN")
        try stage.write([-6])
        try stage.execute("PREPARE TRANSACTION 'dropped'")
        try stage.write([30])
        try stage.execute("COMMIT PREPARED 'kept'")
        try stage.execute("ROLLBACK PREPARED 'dropped'")
        expected += [30, 31]
    }

    private func insertedAndChanged(_ stage: Stage, _ expected: inout [Int]) throws {
        try stage.execute("BEGIN")
        try stage.write([40])
        try stage.execute("DELETE FROM outbox_events WHERE payload->>'n' = '40'")
        try stage.write([41])
        try stage.execute("UPDATE outbox_events SET payload = '{\"n\": -7}' WHERE payload->>'n' = '41'")
        try stage.execute("COMMIT")
        expected += [40, 41]
    }

    private func interleaved(_ stage: Stage, _ expected: inout [Int]) throws {
        let other = try stage.session()
        try stage.execute("BEGIN")
        try stage.write([52])
        try stage.write([50], on: other)
        try other.execute("BEGIN")
        try stage.write([51], on: other)
        try other.execute("COMMIT")
        try stage.write([53])
        try stage.execute("COMMIT")
        expected += [50, 51, 52, 53]
    }

    private func large(_ stage: Stage, _ expected: inout [Int]) throws {
        try stage.execute("BEGIN")
        try stage.execute(
            """
            INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, payload) SELECT 'T', n % 50, 'E', \
            jsonb_build_object('n', n, 'text', repeat('x', 300)) FROM generate_series(1000, 20999) n
            """)
        try stage.execute("COMMIT")
        expected += Array(1000...20_999)
    }
}
