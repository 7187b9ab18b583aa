/// One thing a startup check or `doctor` found out.
public struct Finding: Equatable, Sendable {
    public enum Severity: String, Sendable, Comparable {
        case ok, warn, fail

        public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
        private var rank: Int { self == .ok ? 0 : self == .warn ? 1 : 2 }
    }

    /// Which check it was: a constant word for logs, tests and `--json`.
    public let check: String
    public let severity: Severity
    /// What was looked at: `slot outbox_relay`.
    public let object: String
    /// What is the case.
    public let fact: String
    /// The command or setting that mends it; empty when nothing has to be mended.
    public let remedy: String

    public init(_ check: String, _ severity: Severity, object: String, fact: String, remedy: String = "") {
        self.check = check
        self.severity = severity
        self.object = object
        self.fact = fact
        self.remedy = remedy
    }
}
