import RelayDemo
import Testing

@Suite struct `Delivery ledger` {
    @Test func `counts what was committed and arrived once as clean`() {
        var ledger = DeliveryLedger()
        ledger.write(id: "a", commits: true, at: 1_000)
        ledger.write(id: "gone", commits: false, at: 1_000)
        #expect(ledger.arrive(id: "a", key: "7", sequence: 1, at: 3_500) == 2_500)
        #expect(ledger.counts.isClean)
        #expect(ledger.counts.rolledBack == 1)
    }

    @Test func `is not clean while a committed event is missing, or when nothing was written`() {
        var ledger = DeliveryLedger()
        #expect(!ledger.counts.isClean)
        ledger.write(id: "a", commits: true, at: 0)
        #expect(ledger.counts.missing == 1)
        #expect(!ledger.counts.isClean)
    }

    @Test func `counts a second arrival as a duplicate and not as an order violation`() {
        var ledger = DeliveryLedger()
        ledger.write(id: "a", commits: true, at: 0)
        _ = ledger.arrive(id: "a", key: "7", sequence: 1, at: 1)
        #expect(ledger.arrive(id: "a", key: "7", sequence: 1, at: 2) == nil)
        #expect(ledger.counts.duplicates == 1)
        #expect(ledger.counts.orderViolations == 0)
        #expect(!ledger.counts.isClean)
    }

    @Test(
        arguments: [
            ([1, 2, 3], 0), ([1, 3, 2], 1), ([3, 2, 1], 2), ([1, nil, 2], 1), ([2, 2], 1),
        ] as [([Int?], Int)]) func `finds events behind a later one of their key`(sequences: [Int?], violations: Int)
    {
        var ledger = DeliveryLedger()
        for (index, sequence) in sequences.enumerated() {
            ledger.write(id: "\(index)", commits: true, at: 0)
            _ = ledger.arrive(id: "\(index)", key: "7", sequence: sequence, at: 1)
        }
        #expect(ledger.counts.orderViolations == violations)
    }

    @Test func `keeps the order of each key apart`() {
        var ledger = DeliveryLedger()
        for (id, key) in [("a", "1"), ("b", "2")] {
            ledger.write(id: id, commits: true, at: 0)
            _ = ledger.arrive(id: id, key: key, sequence: 1, at: 1)
        }
        #expect(ledger.counts.isClean)
    }

    @Test func `counts a rolled-back event that arrives once, however often it does`() {
        var ledger = DeliveryLedger()
        ledger.write(id: "gone", commits: false, at: 0)
        for _ in 0..<3 { #expect(ledger.arrive(id: "gone", key: "7", sequence: 1, at: 1) == nil) }
        #expect(ledger.counts.rolledBackSeen == 1)
        #expect(!ledger.counts.isClean)
    }

    @Test func `counts what nobody wrote`() {
        var ledger = DeliveryLedger()
        #expect(ledger.arrive(id: "x", key: "", sequence: nil, at: 1) == nil)
        #expect(ledger.counts.unknown == 1)
    }
}
