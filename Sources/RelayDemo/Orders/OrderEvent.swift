/// One event of a shop's order, as a row of the outbox.
public struct OrderEvent: Equatable, Sendable {
    /// Whom it tells.
    public enum Audience: Hashable, Sendable {
        /// Programs: an event of the order.
        case consumers
        /// The customer's browser: an event of the user, with words for people.
        case browser(message: String)

        public var isBrowser: Bool { if case .browser = self { true } else { false } }
        var topic: String { isBrowser ? DemoOptions.browserTopic : DemoOptions.topic }
    }

    /// A UUID, given by the application.
    public let id: String
    public let type: String
    public let audience: Audience
    public let orderID: Int
    /// The customer is the Kafka key: a customer's events keep their order.
    public let userID: Int
    /// Place among the events of this customer in the same topic that are committed, from 1. One that is taken back uses no number up.
    public let sequence: Int
    /// In cents.
    public let amount: Int
    /// False when its transaction or savepoint is rolled back.
    public let commits: Bool

    public var key: String { String(userID) }

    /// The row's values, in the order of `OrderTransaction.columns`.
    var values: String {
        // Only digits, and texts of our own: nothing needs quoting.
        let order = "\"order_id\": \(orderID), \"user_id\": \(userID), \"total_amount\": \(amount), \"sequence\": \(sequence)"
        switch audience {
        case .consumers:
            return "('\(id)', 'ORDER', '\(orderID)', '\(type)', '\(audience.topic)', '\(key)', '{\(order)}', \(headers))"
        case .browser(let message):
            let payload =
                "'{\(order), \"order_number\": \"\(orderID)\", \"message\": \"\(message)\"}'"
                + " || jsonb_build_object('timestamp', now())"
            return "('\(id)', 'USER', '\(userID)', '\(type)', '\(audience.topic)', '\(key)', \(payload), \(headers))"
        }
    }

    /// A trace context as a tracing library would give it (W3C Trace Context), made of the event's id.
    private var headers: String {
        let digits = id.filter { $0 != "-" }
        return "'{\"traceparent\": \"00-\(digits)-\(digits.suffix(16))-01\"}'"
    }

    /// The sequence number in an event's value, nil when there is none.
    public static func sequence(in value: [UInt8]) -> Int? { EnvelopeText.number("sequence", in: value) }
}
