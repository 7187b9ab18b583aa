/// One event of a shop's order, as a row of the outbox.
public struct OrderEvent: Equatable, Sendable {
    /// A UUID, given by the application.
    public let id: String
    public let type: String
    public let orderID: Int
    /// The customer is the Kafka key: a customer's events keep their order.
    public let userID: Int
    /// Place among the events of this customer that are committed, from 1. One that is taken back uses no number up.
    public let sequence: Int
    /// In cents.
    public let amount: Int
    /// False when its transaction or savepoint is rolled back.
    public let commits: Bool

    public var key: String { String(userID) }

    /// The row's values, in the order of `OrderTransaction.columns`.
    var values: String {
        let payload = """
            {"order_id": \(orderID), "user_id": \(userID), "total_amount": \(amount), "sequence": \(sequence)}
            """
        // Only digits, and texts of our own: nothing needs quoting.
        return "('\(id)', 'ORDER', '\(orderID)', '\(type)', '\(DemoOptions.topic)', '\(key)', '\(payload)', \(headers))"
    }

    /// A trace context as a tracing library would give it (W3C Trace Context), made of the event's id.
    private var headers: String {
        let digits = id.filter { $0 != "-" }
        return "'{\"traceparent\": \"00-\(digits)-\(digits.suffix(16))-01\"}'"
    }

    /// The sequence number in an event's value, nil when there is none. PostgreSQL's `jsonb` chooses order and blanks anew.
    public static func sequence(in value: [UInt8]) -> Int? {
        let name = Array("\"sequence\":".utf8)
        guard value.count > name.count else { return nil }
        for start in 0...(value.count - name.count) where value[start..<(start + name.count)].elementsEqual(name) {
            let digits = value[(start + name.count)...].drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
            return Int(String(decoding: digits, as: UTF8.self))
        }
        return nil
    }
}
