import RelayOperations
import Testing

struct VerificationLedgerTests {
    private func ledger(capacity: Int = 100) -> VerificationLedger {
        VerificationLedger(capacity: capacity, longestTransaction: 60_000_000)
    }

    private func record(_ id: String, _ key: String = "k", partition: UInt32 = 0, isRepeat: Bool = false)
        -> VerificationLedger.Record
    {
        VerificationLedger.Record(id: id, key: key, partition: partition, isRepeat: isRepeat)
    }

    @Test func `what was added and not seen is missing, what need not be there is not`() {
        var ledger = ledger()
        for (number, state) in [VerificationLedger.RowState.published, .published, .undecided].enumerated() {
            let added = ledger.add(id: "e\(number)", sequence: Int64(number), createdAt: 0, state: state)
            #expect(added)
        }
        let sighting = ledger.see(record("e0"))
        #expect(sighting == .fine)
        #expect(ledger.missingCount == 1)
        #expect(!ledger.isMissing(id: "e0") && ledger.isMissing(id: "e1") && !ledger.isMissing(id: "e2"))
        #expect(!ledger.isMissing(id: "never added"))
    }

    @Test func `a second record is a duplicate unless it is marked`() {
        var ledger = ledger()
        _ = ledger.add(id: "e", sequence: 1, createdAt: 0, state: .published)
        let sightings = [
            ledger.see(record("e")), ledger.see(record("e")), ledger.see(record("e", isRepeat: true)), ledger.see(record("x")),
        ]
        #expect(sightings == [.fine, .duplicate, .repeatedOnPurpose, .unknown])
    }

    @Test func `a marked record alone is no gap`() {
        var ledger = ledger()
        _ = ledger.add(id: "e", sequence: 1, createdAt: 0, state: .published)
        _ = ledger.see(record("e", isRepeat: true))
        #expect(ledger.missingCount == 0)
        let original = ledger.see(record("e"))
        #expect(original == .duplicate)
    }

    struct Order: Sendable {
        let name: String
        /// created_at of the first and of the second row, µs.
        let times: (Int64?, Int64?)
        let expected: VerificationLedger.Sighting
    }

    @Test(arguments: [
        Order(name: "one transaction", times: (5, 5), expected: .outOfOrder(certain: true, behind: 2)),
        Order(name: "may have overlapped", times: (5, 60_000_000), expected: .outOfOrder(certain: false, behind: 2)),
        Order(name: "too far apart", times: (5, 60_000_006), expected: .outOfOrder(certain: true, behind: 2)),
        Order(name: "began later", times: (9, 5), expected: .outOfOrder(certain: false, behind: 2)),
        Order(name: "unknown", times: (nil, 5), expected: .outOfOrder(certain: false, behind: 2)),
    ])
    func `the first row behind the second is out of order for certain only when no overlap explains it`(order: Order) {
        var ledger = ledger()
        _ = ledger.add(id: "a", sequence: 1, createdAt: order.times.0, state: .published)
        _ = ledger.add(id: "b", sequence: 2, createdAt: order.times.1, state: .published)
        let sightings = [ledger.see(record("b")), ledger.see(record("a"))]
        #expect(sightings == [.fine, order.expected], "\(order.name)")
    }

    @Test func `other keys and other partitions have an order of their own`() {
        var ledger = ledger()
        for number in 1...4 { _ = ledger.add(id: "e\(number)", sequence: Int64(number), createdAt: 0, state: .published) }
        let sightings = [
            ledger.see(record("e4", "k")), ledger.see(record("e1", "other")), ledger.see(record("e2", "k", partition: 1)),
            ledger.see(record("e3", "k")),
        ]
        #expect(sightings == [.fine, .fine, .fine, .outOfOrder(certain: true, behind: 4)])
    }

    @Test func `a full ledger says so, and an id that it has costs nothing`() {
        var ledger = ledger(capacity: 2)
        let results = ["a", "b", "a", "c"].map { ledger.add(id: $0, sequence: nil, createdAt: nil, state: .published) }
        #expect(results == [true, true, true, false])
        #expect(ledger.count == 2)
    }

    @Test func `it finds what a plain model finds, for any records`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<50 {
            var ledger = ledger(capacity: 200)
            var states: [String: Bool] = [:]
            for number in 0..<120 {
                // Ids that share all bits but a few, as uuids of one clock do.
                let id = "0190aaaa-bbbb-7ccc-8ddd-0000000000\(number % 90 < 10 ? "0" : "")\(number % 90)"
                let isPublished = Bool.random(using: &random)
                if states[id] == nil { states[id] = isPublished }
                _ = ledger.add(
                    id: id, sequence: Int64(number), createdAt: nil, state: isPublished ? .published : .undecided)
            }
            var seen: [String: Int] = [:]
            for _ in 0..<100 {
                let number = Int.random(in: 0..<100, using: &random)
                let id = "0190AAAA-bbbb-7ccc-8ddd-0000000000\(number < 10 ? "0" : "")\(number)"
                let known = states[id.lowercased()] != nil
                let sighting = ledger.see(record(id, "key of \(id)"))
                let count = seen[id, default: 0]
                #expect(sighting == (!known ? .unknown : count > 0 ? .duplicate : .fine))
                if known { seen[id] = count + 1 }
            }
            let missing = states.filter { $0.value && seen[$0.key.replacing("0190aaaa", with: "0190AAAA")] == nil }.map(\.key)
            #expect(ledger.missingCount == missing.count)
            #expect(missing.allSatisfy { ledger.isMissing(id: $0) })
        }
    }

    @Test func `ten million events fit into 200 MB in passes, and too little memory is refused`() throws {
        let passes = try VerificationPasses(rows: 10_000_000, memory: 200 << 20)
        #expect((2...12).contains(passes.count))
        #expect(passes.count * passes.capacity >= 10_000_000)
        #expect(try VerificationPasses(rows: 1_000, memory: 200 << 20).count == 1)
        #expect(try VerificationPasses(rows: 0, memory: 200 << 20) == VerificationPasses(rows: 0, memory: 200 << 20))
        #expect(throws: OperationError.self) { try VerificationPasses(rows: 1, memory: 64 << 20) }
    }
}
