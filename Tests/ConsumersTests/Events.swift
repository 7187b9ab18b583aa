import ConsumerKit
import Consumers
import TestSupport

/// Single events as the kit hands them to consumers.
enum Events {
    /// The time is 2026-03-01T12:00:00.5Z.
    static func event(_ number: Int, _ type: String, _ payload: String) throws -> ConsumedEvent {
        var events = ShopEvents(first: number)
        try events.add(type, payload, at: 1_772_366_400_500_000)
        return events.events[0]
    }

    static func id(_ number: Int) -> String { ShopEvents.id(number) }
}

extension CounterChange {
    /// What a counter stands at after the run.
    func applied(to count: Int64) -> Int64 {
        let (fallen, underflows) = count.subtractingReportingOverflow(fall)
        let (risen, overflows) = max(underflows ? 0 : fallen, 0).addingReportingOverflow(rise)
        return overflows ? .max : risen
    }
}

extension StockPlan.Movement {
    var delta: Int64 { after - before }
}
