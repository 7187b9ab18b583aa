/// Why a request is not upgraded: the status to be answered, with further header fields, and a sentence for its sender.
public struct WebSocketRefusal: Error, Sendable {
    public let status: Int
    public let headers: [(name: String, value: String)]
    public let reason: String

    init(_ status: Int, _ reason: String, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }
}
