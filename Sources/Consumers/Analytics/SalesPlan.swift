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
    public struct Customer: Equatable, Sendable {
        public let day: CalendarDay
        public let user: Int64
    }

    /// Adds to a row of `product_daily_stats`.
    public struct Product: Equatable, Sendable {
        public let product: Int64
        public let day: CalendarDay
        public var pieces: Int64
        public var revenue: Int64
    }

    public let days: [Day]
    public let customers: [Customer]
    public let products: [Product]
    public let refusals: [RejectedEvent]

    public init(_ events: [ConsumedEvent]) {
        var days: [CalendarDay: Day] = [:]
        var customers: [Customer] = []
        customers.reserveCapacity(events.count)
        var products: [Product] = []
        products.reserveCapacity(events.count * 2)
        let (sales, refusals) = events.reading(Sale.init)
        for sale in sales {
            days[sale.day, default: Day(day: sale.day)].add(sale.amount)
            customers.append(Customer(day: sale.day, user: sale.user))
            for line in sale.lines {
                products.append(Product(product: line.product, day: sale.day, pieces: line.qty, revenue: line.amount))
            }
        }
        self.days = days.values.sorted { $0.day < $1.day }
        self.customers = Self.distinct(customers)
        self.products = Self.summed(products)
        self.refusals = refusals
    }

    // They have to be sorted anyway, which brings equal keys together: cheaper than a dictionary.

    private static func distinct(_ customers: [Customer]) -> [Customer] {
        var distinct: [Customer] = []
        distinct.reserveCapacity(customers.count)
        for customer in customers.sorted(by: { ($0.day, $0.user) < ($1.day, $1.user) }) where distinct.last != customer {
            distinct.append(customer)
        }
        return distinct
    }

    private static func summed(_ products: [Product]) -> [Product] {
        var sums: [Product] = []
        sums.reserveCapacity(products.count)
        for line in products.sorted(by: { ($0.product, $0.day) < ($1.product, $1.day) }) {
            if let last = sums.indices.last, sums[last].product == line.product, sums[last].day == line.day {
                sums[last].pieces = sums[last].pieces.plus(line.pieces)
                sums[last].revenue = sums[last].revenue.plus(line.revenue)
            } else {
                sums.append(line)
            }
        }
        return sums
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
