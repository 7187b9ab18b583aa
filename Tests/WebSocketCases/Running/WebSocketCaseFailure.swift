/// What a server did that a case does not allow.
public struct WebSocketCaseFailure: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
