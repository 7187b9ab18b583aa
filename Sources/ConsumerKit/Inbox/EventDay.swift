/// The day partition of the inbox that an event belongs to. It depends on the event alone as far as possible, so that the same event
/// always meets its earlier claim. Pure.
enum EventDay {
    /// Where events go whose time cannot be right: 1970-01-01.
    static let stray: Int64 = 0
    /// How far back and ahead of today a day gets a partition of its own: no number of partitions that an event can choose.
    static let daysBack: Int64 = 400
    static let daysAhead: Int64 = 2

    /// - Parameters:
    ///   - occurredAt: microseconds since 1970.
    ///   - today: days since 1970.
    static func number(occurredAt: Int64, today: Int64) -> Int64 {
        let day = CivilDay.number(ofMicroseconds: occurredAt)
        return day >= today - daysBack && day <= today + daysAhead ? day : stray
    }
}
