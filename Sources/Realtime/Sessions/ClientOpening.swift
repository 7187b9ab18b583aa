/// Everything that a hub has to know of a client that is let in.
public struct ClientOpening: Sendable {
    public let form: ClientForm
    /// What its token says; nil without one.
    public let grant: AccessGrant?
    public let subscriptions: [Subscription]
    public let cursor: GivenCursor

    public init(form: ClientForm, grant: AccessGrant?, subscriptions: [Subscription], cursor: GivenCursor) {
        self.form = form
        self.grant = grant
        self.subscriptions = subscriptions
        self.cursor = cursor
    }
}
