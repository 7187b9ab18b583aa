/// What went wrong between us and PostgreSQL. Carries no parameter values and no connection string.
public struct PostgresError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// No connection could be made, or it broke: `sqlState` is set when the server said why.
        case connection
        /// The server answered with an error; the connection is usable unless the severity was FATAL.
        case server
        /// Our own deadline passed; the connection has been closed.
        case timeout
        /// The caller's `StopSignal` was set while we waited; the connection has been closed.
        case interrupted
        /// The settings cannot be used: a malformed DSN, an option this libpq does not know.
        case configuration
        /// The peer sent what the protocol does not allow here.
        case protocolViolation
    }

    public var kind: Kind
    public var sqlState: SQLState?
    public var message: String
    public var detail: String?
    public var hint: String?

    public init(kind: Kind, sqlState: SQLState? = nil, message: String, detail: String? = nil, hint: String? = nil) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.detail = detail
        self.hint = hint
    }

    /// The detail is told only where it is about the server and its objects. That of a violated constraint is the whole row
    /// ("Failing row contains ..."), and payloads do not go into logs.
    public var description: String {
        var text = message
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let detail, let sqlState, PostgresError.classesWithPlainDetail.contains(String(sqlState.errorClass)) {
            text += "; \(detail)"
        }
        if let hint { text += "; hint: \(hint)" }
        return text
    }

    /// Connection, feature, authorization, missing database, transaction state and conflicts, names and privileges, resources, limits,
    /// object state, operator, system, internal.
    private static let classesWithPlainDetail: Set<String> = [
        "08", "0A", "25", "28", "3D", "40", "42", "53", "54", "55", "57", "58", "XX",
    ]

    /// Whether the connection is gone, so that the next statement needs a new one.
    public var isConnectionLoss: Bool {
        switch kind {
        case .connection, .timeout, .interrupted, .protocolViolation: true
        case .server: sqlState?.errorClass == "57" && sqlState != .queryCanceled
        case .configuration: false
        }
    }
}

/// A notice or warning of the server, delivered between the results of a connection.
public struct PostgresNotice: Sendable {
    public let severity: String
    public let sqlState: SQLState?
    public let message: String
    public let detail: String?
}
