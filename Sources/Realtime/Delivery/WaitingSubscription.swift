/// A client subscribed with a cursor that is ahead of what it has itself: it has to wait until it has come there.
struct WaitingSubscription {
    let client: HubClient
    var subscriptions: [Subscription]
    let cursor: Cursor
    let id: RequestID?
    let deadline: Int64
}
