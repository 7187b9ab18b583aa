public import ConsumerKit

/// What a batch of ORDER_PAID events adds to the daily figures. Pure.
///
/// Every list is sorted by its key and holds each key once: whoever writes them in this order waits for others, but never in a circle.
public struct SalesPlan: Sendable {
    /// Adds to a row of `daily_sales`.
    public struct Day: Equatable, Sendable {
        public let day: CalendarDay
        public var orders: Int64 = 0
        public var revenue: Int64 = 0
    }

    /// A row that `daily_customers` is to have.
    public struct Customer: Hashable, Sendable {
        public let day: CalendarDay
        public let user: Int64
    }

    /// Adds to a row of `product_daily_stats`.
    public struct Product: Equatable, Sendable {
        public let product: Int64
        public let day: CalendarDay
        public var pieces: Int64 = 0
        public var revenue: Int64 = 0
    }

    public let days: [Day]
    public let customers: [Customer]
    public let products: [Product]
    public let refusals: [RejectedEvent]

    private struct ProductDay: Hashable {
        let product: Int64
        let day: CalendarDay
    }

    public init(_ events: [ConsumedEvent]) {
        var days: [CalendarDay: Day] = [:]
        var customers = Set<Customer>(minimumCapacity: events.count)
        var products: [ProductDay: Product] = Dictionary(minimumCapacity: events.count)
        var refusals: [RejectedEvent] = []
        for event in events {
            do throws(PayloadError) {
                let sale = try Sale(event)
                days[sale.day, default: Day(day: sale.day)].add(sale.amount)
                customers.insert(Customer(day: sale.day, user: sale.user))
                for line in sale.lines {
                    let key = ProductDay(product: line.product, day: sale.day)
                    products[key, default: Product(product: line.product, day: sale.day)].add(line)
                }
            } catch {
                refusals.append(RejectedEvent(event: event, reason: error.message))
            }
        }
        self.days = days.values.sorted { $0.day < $1.day }
        self.customers = customers.sorted { ($0.day, $0.user) < ($1.day, $1.user) }
        self.products = products.values.sorted { ($0.product, $0.day) < ($1.product, $1.day) }
        self.refusals = refusals
    }

    /// An event, read as a whole before anything of it is added.
    private struct Sale {
        let day: CalendarDay
        let user: Int64
        let amount: Int64
        let lines: [OrderLine]

        init(_ event: ConsumedEvent) throws(PayloadError) {
            user = try event.payload.integer("user_id")
            amount = try event.payload.integer("total_amount")
            guard amount >= 0 else { throw PayloadError("total_amount is below zero") }
            lines = try OrderLine.read(event.payload, hasPrice: true)
            if let date = try event.payload.optionalString("date") {
                guard let named = CalendarDay(date) else { throw PayloadError("date is no day (YYYY-MM-DD)") }
                day = named
            } else {
                day = CalendarDay(microseconds: event.occurredAt)
            }
        }
    }
}

extension SalesPlan.Day {
    fileprivate mutating func add(_ amount: Int64) {
        orders += 1
        revenue = revenue.plus(amount)
    }
}

extension SalesPlan.Product {
    fileprivate mutating func add(_ line: OrderLine) {
        pieces = pieces.plus(line.qty)
        revenue = revenue.plus(line.amount)
    }
}
