import PostgresClient
import Testing

struct PostgresErrorTests {
    @Test func `it says what the server said, with code and hint`() {
        let error = PostgresError(
            kind: .server, sqlState: .objectInUse, message: "replication slot \"s\" is active for PID 5", hint: "wait")
        #expect(error.description == "replication slot \"s\" is active for PID 5 (SQLSTATE 55006); hint: wait")
        #expect(PostgresError(kind: .timeout, message: "no answer").description == "no answer")
    }

    /// `DETAIL: Failing row contains (...)` is the whole row, payload and all.
    @Test(arguments: ["23514", "23502", "23505", "23503", "22P02", "22001", "44000", "P0001"])
    func `the values of a row stay out of the text`(state: String) {
        let error = PostgresError(
            kind: .server, sqlState: SQLState(rawValue: state), message: "violates a constraint",
            detail: "Failing row contains (7, order, {\"card\": \"4111\"}).")
        #expect(!error.description.contains("4111"))
        #expect(error.description.contains(state))
    }

    @Test(arguments: ["55000", "57P01", "42704", "0A000", "53300", "28000"])
    func `details about the server's objects are told`(state: String) {
        let error = PostgresError(
            kind: .server, sqlState: SQLState(rawValue: state), message: "cannot",
            detail: "This replication slot has been invalidated due to \"wal_removed\".")
        #expect(error.description.contains("wal_removed"))
    }

    @Test(
        arguments: [
            (PostgresError.Kind.connection, nil, true), (.timeout, nil, true), (.interrupted, nil, true),
            (.protocolViolation, nil, true),
            (.configuration, nil, false), (.server, "57P01", true), (.server, "57014", false), (.server, "23505", false),
            (.server, nil, false),
        ] as [(PostgresError.Kind, String?, Bool)])
    func `it tells whether the connection is gone`(kind: PostgresError.Kind, state: String?, isLoss: Bool) {
        let error = PostgresError(kind: kind, sqlState: state.map(SQLState.init(rawValue:)), message: "")
        #expect(error.isConnectionLoss == isLoss)
    }

    @Test(arguments: [("57P01", "57"), ("08006", "08"), ("", ""), ("5", "5")])
    func `a code's class is its first two characters`(state: String, errorClass: String) {
        #expect(SQLState(rawValue: state).errorClass == errorClass)
    }
}
