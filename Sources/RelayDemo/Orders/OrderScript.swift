/// Makes up the transactions of one till of a shop, the same ones from the same random numbers.
///
/// Of ten transactions seven commit all that they write (single events, several rows at once, two customers at once), two roll back
/// to a savepoint on the way, one is rolled back as a whole. A customer belongs to one till, so the order in which its events are made
/// is the order in which they are committed.
public struct OrderScript: Sendable {
    private struct Order {
        let id: Int
        let userID: Int
        let amount: Int

        var insert: String { "INSERT INTO demo_orders (id, user_id, total_amount) VALUES (\(id), \(userID), \(amount))" }

        func update(_ status: String) -> String { "UPDATE demo_orders SET status = '\(status)' WHERE id = \(id)" }
    }

    private let customers: [Int]
    private let firstOrder: Int
    private let orderStep: Int
    private let tellsBrowsers: Bool
    private var orders = 0
    private var number = 0
    private var lastSequence: [Bool: [Int: Int]] = [:]

    /// - Parameters:
    ///   - customers: their ids, one at least. Two customers at once take two.
    ///   - firstOrder: the first order's id.
    ///   - orderStep: from one order's id to the next; with it the ids of several tills interleave.
    ///   - tellsBrowsers: whether the customers are told as well, by events of their own in the same transactions.
    public init(customers: [Int], firstOrder: Int, orderStep: Int = 1, tellsBrowsers: Bool = false) {
        self.customers = customers
        self.tellsBrowsers = tellsBrowsers
        self.firstOrder = firstOrder
        self.orderStep = orderStep
    }

    /// A transaction that places an order of every customer, to begin with.
    public mutating func opening(using random: inout some RandomNumberGenerator) -> OrderTransaction {
        var statements: [String] = []
        var events: [OrderEvent] = []
        for _ in customers {
            let order = makeOrder(&random)
            statements.append(order.insert)
            events.append(makeEvent("ORDER_CREATED", order, &random))
            events += tell(order, "We have your order \(order.id)", &random)
        }
        return OrderTransaction(statements + [OrderTransaction.insert(events)], events: events)
    }

    /// The next transaction.
    public mutating func next(using random: inout some RandomNumberGenerator) -> OrderTransaction {
        defer { number += 1 }
        switch number % 10 {
        case 1, 3, 6: return paidAtOnce(&random)
        case 2, 7: return savepoint(&random)
        case 4: return rolledBack(&random)
        case 5, 9: return twoCustomers(&random)
        default: return placed(&random)
        }
    }

    private mutating func placed(_ random: inout some RandomNumberGenerator) -> OrderTransaction {
        let order = makeOrder(&random)
        let created = makeEvent("ORDER_CREATED", order, &random)
        let events = [created] + tell(order, "We have your order \(order.id)", &random)
        return OrderTransaction([order.insert, OrderTransaction.insert(events)], events: events)
    }

    /// Three events of one order in one statement, and the customer's.
    private mutating func paidAtOnce(_ random: inout some RandomNumberGenerator) -> OrderTransaction {
        let order = makeOrder(&random)
        let types = ["ORDER_CREATED", "ORDER_PAID", "ORDER_STATUS_CHANGED"]
        var events: [OrderEvent] = []
        for type in types { events.append(makeEvent(type, order, &random)) }
        events += tell(order, "Your order \(order.id) is complete", as: "ORDER_COMPLETED", &random)
        return OrderTransaction([order.insert, order.update("PAID"), OrderTransaction.insert(events)], events: events)
    }

    /// Two orders with an event each: two keys in one transaction.
    private mutating func twoCustomers(_ random: inout some RandomNumberGenerator) -> OrderTransaction {
        let orders = [makeOrder(&random), makeOrder(&random)]
        var events: [OrderEvent] = []
        for order in orders { events.append(makeEvent("ORDER_CREATED", order, &random)) }
        return OrderTransaction(orders.map(\.insert) + [OrderTransaction.insert(events)], events: events)
    }

    /// A payment that fails: its event is taken back, the order and what comes after it stay.
    private mutating func savepoint(_ random: inout some RandomNumberGenerator) -> OrderTransaction {
        let order = makeOrder(&random)
        let created = makeEvent("ORDER_CREATED", order, &random)
        let paid =
            [makeEvent("ORDER_PAID", order, commits: false, &random)]
            + tell(order, "Nobody may read this", as: "ORDER_COMPLETED", commits: false, &random)
        let cancelled =
            [makeEvent("ORDER_CANCELLED", order, &random)]
            + tell(order, "Your order \(order.id) was cancelled: the payment failed", &random)
        let statements = [
            order.insert, OrderTransaction.insert([created]), "SAVEPOINT payment", order.update("PAID"),
            OrderTransaction.insert(paid), "ROLLBACK TO SAVEPOINT payment", order.update("CANCELLED"),
            OrderTransaction.insert(cancelled),
        ]
        return OrderTransaction(statements, events: [created] + paid + cancelled)
    }

    private mutating func rolledBack(_ random: inout some RandomNumberGenerator) -> OrderTransaction {
        let order = makeOrder(&random)
        let types = ["ORDER_CREATED", "ORDER_PAID"]
        var events: [OrderEvent] = []
        for type in types { events.append(makeEvent(type, order, commits: false, &random)) }
        events += tell(order, "Nobody may read this", as: "ORDER_COMPLETED", commits: false, &random)
        return OrderTransaction([order.insert, OrderTransaction.insert(events)], events: events, ending: "ROLLBACK")
    }

    private mutating func makeOrder(_ random: inout some RandomNumberGenerator) -> Order {
        defer { orders += 1 }
        return Order(
            id: firstOrder + orders * orderStep, userID: customers[orders % customers.count],
            amount: Int.random(in: 500...99_999, using: &random))
    }

    /// What the customer's browser is told; nothing when browsers are not.
    private mutating func tell(
        _ order: Order, _ message: String, as type: String = "NOTIFICATION", commits: Bool = true,
        _ random: inout some RandomNumberGenerator
    ) -> [OrderEvent] {
        guard tellsBrowsers else { return [] }
        return [makeEvent(type, order, for: .browser(message: message), commits: commits, &random)]
    }

    /// An event that is taken back carries the number that the next one will have; only a committed one uses it up.
    private mutating func makeEvent(
        _ type: String, _ order: Order, for audience: OrderEvent.Audience = .consumers, commits: Bool = true,
        _ random: inout some RandomNumberGenerator
    ) -> OrderEvent {
        let sequence = lastSequence[audience.isBrowser, default: [:]][order.userID, default: 0] + 1
        if commits { lastSequence[audience.isBrowser, default: [:]][order.userID] = sequence }
        return OrderEvent(
            id: Self.uuid(&random), type: type, audience: audience, orderID: order.id, userID: order.userID, sequence: sequence,
            amount: order.amount, commits: commits)
    }

    /// A random UUID (RFC 9562, version 4).
    private static func uuid(_ random: inout some RandomNumberGenerator) -> String {
        let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits = [high, low].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }
}
