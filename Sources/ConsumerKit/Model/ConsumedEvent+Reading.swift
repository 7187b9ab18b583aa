extension Sequence<ConsumedEvent> {
    /// Reads each event by itself: one whose payload cannot be used is refused with the reason, and keeps nobody from the others.
    ///
    /// - Parameter read: throws the name of the field that cannot be used. Nothing of such an event may be left behind by it.
    /// - Returns: what was read and what was refused, each in the order of the events.
    public func reading<Value>(
        _ read: (ConsumedEvent) throws(PayloadError) -> Value
    ) -> (values: [Value], refusals: [RejectedEvent]) {
        var values: [Value] = []
        values.reserveCapacity(underestimatedCount)
        var refusals: [RejectedEvent] = []
        for event in self {
            do throws(PayloadError) { values.append(try read(event)) } catch {
                refusals.append(RejectedEvent(event: event, reason: error.message))
            }
        }
        return (values, refusals)
    }
}
