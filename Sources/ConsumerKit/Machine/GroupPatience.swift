/// Decides when a member that gets no partitions, not even none, has waited long enough to begin anew as another member. Pure.
///
/// Between giving partitions back and being given others a member waits for the group, and the group for its slowest member, at most
/// its `max.poll.interval.ms`. Who waits longer has been forgotten, by the coordinator or by its own client (librdkafka 2.0.2 has
/// states that it leaves only by a response), and nothing else would ever end that. Time in which the brokers do not answer does not
/// count: then nobody is given anything.
public struct GroupPatience: Sendable {
    /// In ms.
    public let limit: Int64
    private var waitingSince: Int64?

    /// - Parameters:
    ///   - limit: in ms; 0: for ever.
    ///   - now: monotonic ms, here and in all calls. A new member waits.
    public init(limit: Int64, now: Int64) {
        self.limit = limit
        waitingSince = now
    }

    /// The group gave partitions, or told that there are none for us.
    public mutating func assigned() { waitingSince = nil }

    /// The group has everything back, or this member is a new one: it waits from now on.
    public mutating func waits(now: Int64) { waitingSince = now }

    /// Whether to begin anew now. To be asked all the time.
    ///
    /// - Parameter isReachable: whether the brokers answer, as far as is known.
    public mutating func isOver(now: Int64, isReachable: Bool) -> Bool {
        guard limit > 0, let since = waitingSince else { return false }
        guard isReachable else {
            waitingSince = now
            return false
        }
        return now - since >= limit
    }
}
