public import ConsumerKit

/// One ORDER_STATUS_CHANGED on its way to the data platform.
public struct StatusDelivery: Sendable {
    public let event: ConsumedEvent
    public let order: Int64
    /// Value of the header `X-Idempotency-Key`: an order reaches each state once, so a repetition is recognised by it.
    public let idempotencyKey: String
    /// The event's payload as it is. Nothing in it tells one sending from the next: the same key always comes with the same body.
    public var body: String { event.payload.text }

    /// Throws what is missing, or a status that cannot stand in a header.
    public init(_ event: ConsumedEvent) throws(PayloadError) {
        self.event = event
        order = try event.payload.integer("order_id")
        let status = try event.payload.string("status")
        let isWord = status.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
        guard isWord, (1...64).contains(status.utf8.count) else { throw PayloadError("status is not a word") }
        idempotencyKey = "\(order)-\(status)"
    }
}
