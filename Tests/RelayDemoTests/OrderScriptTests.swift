import RelayDemo
import Testing

@Suite struct `Order script` {
    private func transactions(
        _ count: Int, customers: [Int] = [2, 4, 6], tellsBrowsers: Bool = false
    ) -> [OrderTransaction] {
        var script = OrderScript(customers: customers, firstOrder: 1, tellsBrowsers: tellsBrowsers)
        var random = SeededGenerator()
        return (0..<count).map { _ in script.next(using: &random) }
    }

    @Test func `numbers the committed events of a customer without a gap`() {
        var last: [Int: Int] = [:]
        for event in transactions(500).flatMap(\.events) where event.commits {
            #expect(event.sequence == (last[event.userID] ?? 0) + 1)
            last[event.userID] = event.sequence
        }
        #expect(last.keys.sorted() == [2, 4, 6])
    }

    @Test func `numbers what it tells a customer's browser by itself`() {
        var last: [[Int]: Int] = [:]
        for event in transactions(500, tellsBrowsers: true).flatMap(\.events) where event.commits {
            let key = [event.userID, event.audience.isBrowser ? 1 : 0]
            #expect(event.sequence == (last[key] ?? 0) + 1)
            last[key] = event.sequence
        }
        #expect(last.count == 6)
    }

    @Test func `tells browsers in the transaction of the order, and takes it back with it`() {
        let all = transactions(100, tellsBrowsers: true)
        let told = all.flatMap(\.events).filter(\.audience.isBrowser)
        #expect(Set(told.map(\.type)) == ["ORDER_COMPLETED", "NOTIFICATION"])
        #expect(told.contains { !$0.commits } && told.contains { $0.commits })
        for transaction in all where transaction.events.contains(where: \.audience.isBrowser) {
            #expect(transaction.statements.contains("'realtime.events'"))
            #expect(transaction.events.contains { !$0.audience.isBrowser })
        }
        #expect(!transactions(100).flatMap(\.events).contains { $0.audience.isBrowser })
    }

    @Test(arguments: [false, true]) func `commits no event of a transaction that it rolls back`(tellsBrowsers: Bool) {
        let all = transactions(100, tellsBrowsers: tellsBrowsers)
        #expect(all.contains { $0.ending == "ROLLBACK" })
        for transaction in all where transaction.ending == "ROLLBACK" {
            #expect(!transaction.events.isEmpty && transaction.events.allSatisfy { !$0.commits })
        }
    }

    @Test func `takes events back by savepoints in transactions that commit`() {
        let partial = transactions(100).filter { $0.ending == "COMMIT" && $0.events.contains { !$0.commits } }
        #expect(!partial.isEmpty)
        for transaction in partial { #expect(transaction.statements.contains("ROLLBACK TO SAVEPOINT")) }
    }

    @Test func `writes several rows, and several keys, in one transaction`() {
        let all = transactions(100)
        #expect(all.contains { $0.events.count >= 3 })
        #expect(all.contains { Set($0.events.map(\.key)).count == 2 })
    }

    @Test func `gives every event a UUID of its own`() {
        let ids = transactions(500).flatMap(\.events).map(\.id)
        #expect(Set(ids).count == ids.count)
        for id in ids {
            #expect(id.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
            #expect(id.dropFirst(14).first == "4")
        }
    }

    @Test func `lets the orders of two tills interleave`() {
        var tills = [1, 2].map { OrderScript(customers: [$0], firstOrder: $0, orderStep: 2) }
        var random = SeededGenerator()
        var orders: [Set<Int>] = []
        for till in tills.indices {
            orders.append(Set((0..<50).flatMap { _ in tills[till].next(using: &random).events.map(\.orderID) }))
        }
        #expect(orders[0].isDisjoint(with: orders[1]))
    }

    @Test(
        arguments: [
            (#"{"payload":{"user_id": 7, "order_id": 5, "sequence": 12}}"#, 12), (#"{"sequence":3}"#, 3),
            (#"{"sequence": "x"}"#, nil),
            (#"{"order_id": 5}"#, nil), ("", nil), (#""sequence":"#, nil),
        ] as [(String, Int?)]) func `finds the sequence number in a value`(value: String, sequence: Int?)
    {
        #expect(OrderEvent.sequence(in: Array(value.utf8)) == sequence)
    }
}
