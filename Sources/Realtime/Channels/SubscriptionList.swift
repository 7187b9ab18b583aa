/// Where one subscriber's subscriptions begin in the table.
public struct SubscriptionList: Sendable {
    var first = UInt32.max
    public internal(set) var count = 0

    public init() {}
}
