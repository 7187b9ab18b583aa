/// What a client marks a message with, to find the answer: a short text or an integer.
public enum RequestID: Sendable, Equatable {
    case text(String)
    case number(Int64)

    /// Longest text, in bytes.
    static let limit = 64
}
