import RelayPolling
import Testing

@Suite struct FairShareTests {
    struct Case: Sendable {
        let publishers: Int
        let owned: [Int]
        let held: Int
        let surplus: [Int]
        let wanted: Int
    }

    @Test(arguments: [
        Case(publishers: 1, owned: [], held: 0, surplus: [], wanted: 8),
        Case(publishers: 1, owned: [0, 1, 2, 3, 4, 5, 6, 7], held: 8, surplus: [], wanted: 0),
        Case(publishers: 2, owned: [0, 1, 2, 3, 4, 5, 6, 7], held: 8, surplus: [4, 5, 6, 7], wanted: 0),
        Case(publishers: 3, owned: [4, 1, 0, 7], held: 8, surplus: [7], wanted: 0),
        Case(publishers: 3, owned: [2], held: 7, surplus: [], wanted: 1),
        Case(publishers: 3, owned: [0, 1], held: 5, surplus: [], wanted: 1),
        Case(publishers: 20, owned: [3], held: 8, surplus: [], wanted: 0),
        Case(publishers: 20, owned: [], held: 7, surplus: [], wanted: 1),
        Case(publishers: 0, owned: [], held: 0, surplus: [], wanted: 8),
    ])
    func `Everybody takes an equal part of eight shards and gives up what is too much`(_ example: Case) {
        let share = FairShare(shards: 8, publishers: example.publishers, owned: example.owned, held: example.held)
        #expect(share.surplus == example.surplus)
        #expect(share.wanted == example.wanted)
        #expect(share.isFair == (example.surplus.isEmpty && example.wanted == 0))
    }

    @Test(arguments: 1...12)
    func `However many come one after the other, all shards end up owned and nobody waits for ever`(publishers: Int) {
        var owned = Array(repeating: Set<Int>(), count: publishers)
        for _ in 0..<publishers * 3 {
            for index in owned.indices {
                let held = owned.reduce(0) { $0 + $1.count }
                let share = FairShare(shards: 8, publishers: publishers, owned: Array(owned[index]), held: held)
                owned[index].subtract(share.surplus)
                let taken = owned.reduce(into: Set<Int>()) { $0.formUnion($1) }
                owned[index].formUnion((0..<8).filter { !taken.contains($0) }.prefix(share.wanted))
            }
        }
        #expect(owned.reduce(0) { $0 + $1.count } == 8)
        #expect(owned.allSatisfy { $0.count <= (8 + publishers - 1) / publishers })
    }
}
