public import PostgresClient

/// What to do about an error of PostgreSQL, decided in one table by SQLSTATE (protocol.md section 4). Pure.
public enum ErrorPolicy {
    public enum Reaction: Equatable, Sendable {
        /// Connect again, with backoff from a fraction of a second.
        case reconnect
        /// Connect again, in steps of seconds: it needs somebody's action or a free place.
        case reconnectSlowly
        /// Somebody else streams from the slot: wait for it.
        case waitForSlot
        /// Going on would skip events or fail for ever: say why and end with exit code 1.
        case stop
    }

    /// - Parameter hasStreamed: whether this process has streamed before; then a refused password is a secret being rotated
    ///   rather than a mistake in the configuration.
    public static func reaction(to error: PostgresError, hasStreamed: Bool) -> Reaction {
        switch error.kind {
        case .configuration, .protocolViolation: return .stop
        case .timeout, .interrupted: return .reconnect
        case .connection, .server: break
        }
        guard let state = error.sqlState else { return .reconnect }
        switch state {
        case .objectInUse: return .waitForSlot
        case .invalidPassword, .invalidAuthorization: return hasStreamed ? .reconnectSlowly : .stop
        case .tooManyConnections: return .reconnectSlowly
        case .configurationLimitExceeded: return .stop
        // In the stream, on 17 and later: the primary's synchronized_standby_slots names a missing slot (postgres-versions 13).
        case .invalidParameterValue: return hasStreamed ? .reconnectSlowly : .stop
        // A pooler that knows no replication answers so, for ever; in a stream that worked before it is something else.
        case .protocolViolation: return hasStreamed ? .reconnectSlowly : .stop
        // Kafka held up the snapshot for longer than a session may be idle in a transaction here: it begins again.
        case .idleInTransactionTimeout, .transactionTimeout: return .reconnect
        case .readOnlyTransaction, .lockNotAvailable: return .reconnect
        default: break
        }
        switch state.errorClass {
        case "08", "57", "40": return .reconnect
        case "53", "58": return .reconnectSlowly
        default: return .stop
        }
    }
}
