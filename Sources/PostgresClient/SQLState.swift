/// A five-character SQLSTATE. Decisions are made on it, never on message texts, which are translated and change.
///
/// Source: PostgreSQL documentation, appendix A; reactions in `RelayCore.ErrorPolicy`.
public struct SQLState: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }

    /// The first two characters name the class of the error.
    public var errorClass: Substring { rawValue.prefix(2) }

    public static let undefinedObject = SQLState(rawValue: "42704")
    public static let undefinedTable = SQLState(rawValue: "42P01")
    public static let undefinedColumn = SQLState(rawValue: "42703")
    public static let duplicateObject = SQLState(rawValue: "42710")
    public static let duplicateTable = SQLState(rawValue: "42P07")
    public static let insufficientPrivilege = SQLState(rawValue: "42501")
    public static let objectInUse = SQLState(rawValue: "55006")
    public static let objectNotInPrerequisiteState = SQLState(rawValue: "55000")
    public static let deadlockDetected = SQLState(rawValue: "40P01")
    public static let lockNotAvailable = SQLState(rawValue: "55P03")
    public static let featureNotSupported = SQLState(rawValue: "0A000")
    public static let invalidParameterValue = SQLState(rawValue: "22023")
    public static let invalidAuthorization = SQLState(rawValue: "28000")
    public static let invalidPassword = SQLState(rawValue: "28P01")
    public static let invalidCatalogName = SQLState(rawValue: "3D000")
    public static let tooManyConnections = SQLState(rawValue: "53300")
    public static let configurationLimitExceeded = SQLState(rawValue: "53400")
    public static let queryCanceled = SQLState(rawValue: "57014")
    public static let adminShutdown = SQLState(rawValue: "57P01")
    public static let crashShutdown = SQLState(rawValue: "57P02")
    public static let cannotConnectNow = SQLState(rawValue: "57P03")
    public static let programLimitExceeded = SQLState(rawValue: "54000")
    public static let dataCorrupted = SQLState(rawValue: "XX001")
    public static let protocolViolation = SQLState(rawValue: "08P01")
    public static let idleInTransactionTimeout = SQLState(rawValue: "25P03")
    public static let transactionTimeout = SQLState(rawValue: "25P04")
    public static let readOnlyTransaction = SQLState(rawValue: "25006")
    public static let undefinedFile = SQLState(rawValue: "58P01")
}
