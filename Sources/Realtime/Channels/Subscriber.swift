/// Somebody who is in a ``SubscriptionTable``.
public protocol Subscriber: AnyObject {
    /// nil for somebody without a name: no event belongs to them.
    var user: String? { get }
    /// The table's own: where this one's subscriptions begin.
    var subscriptions: SubscriptionList { get set }
    /// The table's own: the last event that was shown to this one, so that one that is on several of its channels comes once.
    var lastSequence: Int64 { get set }
}
