import ConsumerKit
import Consumers
import TestSupport
import Testing

struct QueuePlanTests {
    private static let waiting = QueueEntry(status: .waiting, enteredAt: 1)
    private static let admitted = QueueEntry(status: .admitted, enteredAt: 1, admittedAt: 2)
    private static let gone = QueueEntry(status: .left, enteredAt: 1, admittedAt: 2, leftAt: 3)

    @Test(
        arguments: [
            (nil, .enter, QueueEntry(status: .waiting, enteredAt: 9)),
            (nil, .admit, nil), (nil, .leave, nil),
            (waiting, .enter, nil),
            (waiting, .admit, QueueEntry(status: .admitted, enteredAt: 1, admittedAt: 9)),
            (waiting, .leave, QueueEntry(status: .left, enteredAt: 1, leftAt: 9)),
            (admitted, .enter, nil), (admitted, .admit, nil),
            (admitted, .leave, QueueEntry(status: .left, enteredAt: 1, admittedAt: 2, leftAt: 9)),
            (gone, .enter, QueueEntry(status: .waiting, enteredAt: 9)),
            (gone, .admit, nil), (gone, .leave, nil),
        ] as [(QueueEntry?, QueueEntry.Step, QueueEntry?)])
    func `Each step is possible from some states and illegal from all others`(
        entry: QueueEntry?, step: QueueEntry.Step, after: QueueEntry?
    ) {
        #expect((try? QueueEntry.after(step, at: 9, of: entry)) == after)
    }

    @Test func `Several steps of one customer in a batch become one row, and illegal ones are refused`() throws {
        var log = ShopEvents()
        try log.queue("QUEUE_ENTERED", user: 2)
        try log.queue("QUEUE_ENTERED", user: 1)
        try log.queue("QUEUE_ADMITTED", user: 2)
        try log.queue("QUEUE_ADMITTED", user: 2)
        try log.queue("QUEUE_LEFT", user: 3)
        try log.queue("QUEUE_LEFT", user: 1)
        try log.queue("QUEUE_LEFT", sale: 2, user: 4)
        let reading = QueueReading(log.events)
        #expect(reading.places.map(\.user) == [1, 2, 3, 4])
        let plan = QueuePlan(reading, entries: [.init(sale: 2, user: 4): Self.waiting, .init(sale: 1, user: 3): Self.gone])
        #expect(plan.newRows.map(\.place.user) == [1, 2])
        #expect(plan.newRows.map(\.entry.status) == [.left, .admitted])
        #expect(plan.changedRows.map(\.place.user) == [4])
        #expect(plan.refusals.map(\.event.offset) == [4, 5])
        #expect(plan.refusals.map(\.reason) == ["the customer was admitted already", "the customer is not in the queue"])
    }

    @Test(arguments: [
        (#"{"user_id":1}"#, "flash_sale_id is missing"), (#"{"flash_sale_id":1}"#, "user_id is missing"),
        (#"{"flash_sale_id":1,"user_id":true}"#, "user_id is not an integer"),
    ])
    func `A payload that cannot be used is refused by the name of its field`(payload: String, reason: String) throws {
        var log = ShopEvents()
        try log.add("QUEUE_ENTERED", payload)
        let reading = QueueReading(log.events)
        #expect(reading.refusals.map(\.reason) == [reason])
        #expect(reading.places.isEmpty)
    }
}
