/// One event of the measured load, made from its number: the same in every run.
struct SampleEvent {
    private static let products = 1_000
    private static let users = 50_000

    let id: String
    let key: String
    let day: String
    let user: Int
    let items: [(product: Int, quantity: Int, price: Int)]
    let number: Int
    let subject: ConsumeSubject

    /// - Parameter day: of all events, YYYY-MM-DD.
    init(_ number: Int, for subject: ConsumeSubject, day: String) {
        // A multiplicative hash spreads products and users without a generator's state.
        let mixed = (UInt64(number) &+ 1) &* 0x9E37_79B9_7F4A_7C15
        let first = Int(mixed >> 33) % Self.products + 1
        self.number = number
        self.subject = subject
        self.day = day
        user = Int((mixed >> 17) & 0xFFFF_FFFF) % Self.users + 1
        id = Self.uuid(number, mixed)
        let second = first % Self.products + 1
        items = [(first, 1 + number % 3, 1_000), (second, 1, 2_500)]
        key = subject == .productMetrics ? String(first) : String(number)
    }

    private static func uuid(_ number: Int, _ mixed: UInt64) -> String {
        func hex(_ value: UInt64, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text.suffix(digits)
        }
        return [
            hex(mixed >> 32, 8), hex(mixed >> 16 & 0xFFFF, 4), "4" + hex(mixed & 0xFFF, 3), "8" + hex(UInt64(number) >> 48, 3),
            hex(UInt64(number), 12),
        ].joined(separator: "-")
    }

    var total: Int { items.reduce(0) { $0 + $1.quantity * $1.price } }

    var eventType: String {
        switch subject {
        case .analytics: "ORDER_PAID"
        case .productMetrics: number.isMultiple(of: 4) ? "LIKE_ADDED" : "PRODUCT_VIEWED"
        case .notification: "ORDER_CREATED"
        }
    }

    /// The payload alone.
    var payload: String {
        if subject == .productMetrics { return #"{"product_id":\#(key),"user_id":\#(user)}"# }
        let lines = items.map { #"{"product_id":\#($0.product),"qty":\#($0.quantity),"price":\#($0.price)}"# }
        return
            #"{"order_id":\#(number + 1),"user_id":\#(user),"total_amount":\#(total),"date":"\#(day)","items":[\#(lines.joined(separator: ","))]}"#
    }

    var aggregateType: String { subject == .productMetrics ? "PRODUCT" : "ORDER" }
    var aggregateID: String { subject == .productMetrics ? key : String(number + 1) }

    /// As the relay would write it.
    var envelope: String {
        #"{"event_id":"\#(id)","occurred_at":"\#(day)T12:00:00.000000Z","aggregate_type":"\#(aggregateType)","aggregate_id":\#(aggregateID),"#
            + #""event_type":"\#(eventType)","payload":\#(payload),"version":1}"#
    }
}
