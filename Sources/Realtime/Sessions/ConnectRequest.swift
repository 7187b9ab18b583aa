/// What a client asks for when it connects: `GET /ws`, `GET /sse` or `GET /api/sse/subscribe/{userId}`. Its token has been verified.
public struct ConnectRequest: Sendable {
    public var form: ClientForm
    /// Decoded names and values, in their order.
    public var query: [(name: String, value: String)]
    /// The header `Last-Event-ID`.
    public var lastEventID: String?
    /// Of ``ClientForm/userStream``: the user in the path.
    public var user: String?

    public init(form: ClientForm, query: [(name: String, value: String)], lastEventID: String? = nil, user: String? = nil) {
        self.form = form
        self.query = query
        self.lastEventID = lastEventID
        self.user = user
    }
}
