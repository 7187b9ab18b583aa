public import ConsumerKit
import Kafka

/// Events of the shop in their order, as a consumer gets them: each with an id and an offset of its own.
public struct ShopEvents {
    public private(set) var events: [ConsumedEvent] = []
    private let first: Int

    /// 2026-03-01 00:00 UTC, in microseconds since 1970.
    public static let start: Int64 = 1_772_323_200_000_000

    /// - Parameter first: the number of the first event: its offset, and what its id is made of.
    public init(first: Int = 1) { self.first = first }

    /// The id of the event with this number.
    public static func id(_ number: Int) -> String {
        let digits = String(number)
        return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    /// - Parameters:
    ///   - aggregate: what the event is about; its id is the Kafka key.
    ///   - at: microseconds since 1970; one second after the other unless given.
    ///   - payload: a JSON object.
    public mutating func add(
        _ eventType: String, _ payload: String, of aggregate: (type: String, id: String) = (type: "ORDER", id: "1"),
        topic: String = "order.events", at: Int64? = nil, traceparent: String? = nil
    ) throws {
        let number = first + events.count
        events.append(
            ConsumedEvent(
                id: Self.id(number), occurredAt: at ?? Self.start + Int64(number) * 1_000_000, aggregateType: aggregate.type,
                aggregateID: aggregate.id, eventType: eventType, version: 1,
                payload: try JSONDocument(Array(payload.utf8)).root, place: TopicPartition(topic, 0), offset: Int64(number),
                key: Array(aggregate.id.utf8), traceparent: traceparent))
    }

    /// ORDER_CREATED, ORDER_PAID or ORDER_CANCELLED with every field that there is.
    ///
    /// - Parameter extra: further members, as `,"aggregate_version":3`.
    public mutating func order(
        _ eventType: String, _ order: Int64, user: Int64 = 1, date: String? = nil, at: Int64? = nil, extra: String = "",
        _ items: [(product: Int64, qty: Int64, price: Int64)]
    ) throws {
        let lines = items.map { #"{"product_id":\#($0.product),"qty":\#($0.qty),"price":\#($0.price)}"# }
        let total = items.reduce(0) { $0 + $1.qty * $1.price }
        let day = date.map { #","date":"\#($0)""# } ?? ""
        try add(
            eventType,
            #"{"order_id":\#(order),"user_id":\#(user),"total_amount":\#(total)\#(day),"items":[\#(lines.joined(separator: ","))]\#(extra)}"#,
            of: (type: "ORDER", id: String(order)), at: at)
    }

    /// RESTOCKED.
    public mutating func restocked(_ product: Int64, qty: Int64) throws {
        try add(
            "RESTOCKED", #"{"product_id":\#(product),"qty":\#(qty)}"#, of: (type: "PRODUCT", id: String(product)),
            topic: "stock.events")
    }

    /// LIKE_ADDED, LIKE_REMOVED or PRODUCT_VIEWED.
    public mutating func catalog(_ eventType: String, _ product: Int64, user: Int64 = 1, version: Int64? = nil) throws {
        let version = version.map { #","aggregate_version":\#($0)"# } ?? ""
        try add(
            eventType, #"{"product_id":\#(product),"user_id":\#(user)\#(version)}"#, of: (type: "PRODUCT", id: String(product)),
            topic: "catalog.events")
    }

    /// QUEUE_ENTERED, QUEUE_ADMITTED or QUEUE_LEFT.
    public mutating func queue(_ eventType: String, sale: Int64 = 1, user: Int64) throws {
        try add(
            eventType, #"{"flash_sale_id":\#(sale),"user_id":\#(user)}"#, of: (type: "FLASH_SALE", id: String(sale)),
            topic: "flashsale.events")
    }
}
