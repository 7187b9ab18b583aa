/// What is wrong with a client's message or request. The text holds nothing of what the client sent.
public struct ClientFault: Error, Sendable, Equatable {
    public let code: FaultCode
    public let message: String
    /// The message's, as far as it could be read.
    public let id: RequestID?

    public init(_ code: FaultCode, _ message: String, id: RequestID? = nil) {
        self.code = code
        self.message = message
        self.id = id
    }
}
