/// What is remembered of a client that came with another instance's cursor and was sent events before the two orders met.
final class MergedPast {
    /// Where they met.
    let until: Int64
    /// Below these positions it had everything by the other instance; what lies before `until` and not below them, it was sent here.
    let given: Positions

    init(until: Int64, given: Positions) {
        self.until = until
        self.given = given
    }
}
