import PostgresClient
import RelayCore
import Testing

/// The table of protocol.md section 4, with what was measured since (postgres-versions.md).
struct ErrorPolicyTests {
    struct Case: CustomTestStringConvertible {
        let state: String
        let atStart: ErrorPolicy.Reaction
        let afterStreaming: ErrorPolicy.Reaction

        init(_ state: String, _ atStart: ErrorPolicy.Reaction, later: ErrorPolicy.Reaction? = nil) {
            self.state = state
            self.atStart = atStart
            afterStreaming = later ?? atStart
        }

        var testDescription: String { state }
    }

    @Test(arguments: [
        Case("55006", .waitForSlot), Case("42704", .stop), Case("55000", .stop), Case("42501", .stop), Case("3D000", .stop),
        Case("28000", .stop, later: .reconnectSlowly), Case("28P01", .stop, later: .reconnectSlowly),
        Case("0A000", .stop), Case("22023", .stop, later: .reconnectSlowly), Case("XX000", .stop), Case("42601", .stop),
        Case("53300", .reconnectSlowly), Case("53400", .stop), Case("53100", .reconnectSlowly), Case("53200", .reconnectSlowly),
        Case("57P01", .reconnect), Case("57P02", .reconnect), Case("57P03", .reconnect), Case("57014", .reconnect),
        Case("57P05", .reconnect), Case("08006", .reconnect), Case("08001", .reconnect), Case("58030", .reconnectSlowly),
        Case("54000", .stop), Case("XX001", .stop), Case("40001", .reconnect), Case("40P01", .reconnect),
        Case("55P03", .reconnect), Case("25006", .reconnect),
        Case("25P03", .reconnect), Case("25P04", .reconnect), Case("08P01", .stop, later: .reconnectSlowly),
    ]) func `a SQLSTATE has one reaction`(_ example: Case) {
        for kind in [PostgresError.Kind.server, .connection] {
            let error = PostgresError(kind: kind, sqlState: SQLState(rawValue: example.state), message: "translated")
            #expect(ErrorPolicy.reaction(to: error, hasStreamed: false) == example.atStart)
            #expect(ErrorPolicy.reaction(to: error, hasStreamed: true) == example.afterStreaming)
        }
    }

    @Test(arguments: [
        (PostgresError.Kind.connection, ErrorPolicy.Reaction.reconnect), (.server, .reconnect), (.timeout, .reconnect),
        (.interrupted, .reconnect), (.configuration, .stop), (.protocolViolation, .stop),
    ]) func `an error without a SQLSTATE is judged by its kind`(kind: PostgresError.Kind, reaction: ErrorPolicy.Reaction) {
        let error = PostgresError(kind: kind, message: "server closed the connection unexpectedly")
        #expect(ErrorPolicy.reaction(to: error, hasStreamed: false) == reaction)
        #expect(ErrorPolicy.reaction(to: error, hasStreamed: true) == reaction)
    }

    @Test func `a SQLSTATE that nobody knows stops rather than loops`() {
        for state in ["ZZ999", "P0001", "23505", "", "5"] {
            let error = PostgresError(kind: .server, sqlState: SQLState(rawValue: state), message: "")
            #expect(ErrorPolicy.reaction(to: error, hasStreamed: true) == .stop)
        }
    }
}
