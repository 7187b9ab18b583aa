public import PostgresClient

/// Why a batch could not be applied. The whole transaction is rolled back.
///
/// `message` goes into logs and into the headers of dead letters: it carries no payload.
public struct EffectError: Error, Sendable, CustomStringConvertible {
    public let errorClass: ErrorClass
    public let message: String

    public init(_ errorClass: ErrorClass, _ message: String) {
        self.errorClass = errorClass
        self.message = message
    }

    /// By SQLSTATE (PostgreSQL documentation, appendix A): connection, shutdown and resource trouble is a dependency that is down;
    /// conflicts between transactions are transient; data and integrity errors are the event's; the rest is unknown.
    public init(_ error: PostgresError) {
        self.init(EffectError.errorClass(of: error), "\(error)")
    }

    private static func errorClass(of error: PostgresError) -> ErrorClass {
        switch error.kind {
        case .connection, .timeout, .interrupted, .protocolViolation, .configuration: return .dependency("postgres")
        case .server: break
        }
        guard let state = error.sqlState else { return .unknown }
        switch state.errorClass {
        case "08", "53", "58", "XX": return .dependency("postgres")
        case "57": return state == .queryCanceled ? .transient : .dependency("postgres")
        case "25": return state == .readOnlyTransaction ? .dependency("postgres") : .transient
        case "40": return .transient
        case "55": return state == .lockNotAvailable ? .transient : .dependency("postgres")
        case "22", "23": return .badData
        default: return .unknown
        }
    }

    public var description: String { "\(errorClass): \(message)" }
}
