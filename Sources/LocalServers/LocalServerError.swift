/// A throw-away server could not be made, started or stopped.
public struct LocalServerError: Error, CustomStringConvertible {
    /// What was attempted and what came of it, in one line.
    public let reason: String
    /// The end of the server's own log, or what the command wrote; may be empty.
    public let log: String

    public init(_ reason: String, log: String = "") {
        self.reason = reason
        self.log = log
    }

    public var description: String { log.isEmpty ? reason : "\(reason)\n\(log)" }
}
