public import ConsumerKit

/// A batch of queue events, read: who takes which step. Pure.
public struct QueueReading: Sendable {
    /// A customer in the queue of a sale.
    public struct Place: Hashable, Comparable, Sendable {
        public let sale: Int64
        public let user: Int64

        public init(sale: Int64, user: Int64) {
            self.sale = sale
            self.user = user
        }

        public static func < (left: Place, right: Place) -> Bool { (left.sale, left.user) < (right.sale, right.user) }
    }

    let steps: [(event: ConsumedEvent, place: Place, step: QueueEntry.Step)]
    public let refusals: [RejectedEvent]
    /// The places that the steps are about, sorted: the order in which rows are locked.
    public let places: [Place]

    public init(_ events: [ConsumedEvent]) {
        (steps, refusals) = events.reading { event throws(PayloadError) in
            let place = Place(sale: try event.payload.integer("flash_sale_id"), user: try event.payload.integer("user_id"))
            return (event, place, try Self.step(event.eventType))
        }
        places = Set(steps.map(\.place)).sorted()
    }

    private static func step(_ eventType: String) throws(PayloadError) -> QueueEntry.Step {
        switch eventType {
        case "QUEUE_ENTERED": .enter
        case "QUEUE_ADMITTED": .admit
        case "QUEUE_LEFT": .leave
        default: throw PayloadError("no step in the queue is known for this event type")
        }
    }
}
