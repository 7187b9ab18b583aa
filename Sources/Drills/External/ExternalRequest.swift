/// A request as a scripted API took it.
public struct ExternalRequest: Sendable {
    public let method: String
    public let path: String
    /// The value of `X-Idempotency-Key`; empty without one.
    public let key: String
    public let body: String
    public let answer: ExternalAnswer

    /// Whether the sender was told that it is done.
    public var isAccepted: Bool {
        switch answer {
        case .status(let status, _), .slow(let status, _): (200..<300).contains(status)
        case .silence, .hangUp: false
        }
    }
}
