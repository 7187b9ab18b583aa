import Realtime
import Testing

struct CursorTests {
    @Test(arguments: [
        Cursor(epoch: 0, proof: nil, positions: Positions()),
        Cursor(epoch: .max, proof: .init(partition: 2, fingerprint: .max), positions: [2: .max]),
        Cursor(
            epoch: 7, proof: .init(partition: 0, fingerprint: 0),
            positions: [11: 5, 0: 36, Int32.max: 1]),
    ])
    func `A cursor's text gives the same cursor`(cursor: Cursor) throws {
        #expect(try Cursor(cursor.text) == cursor)
    }

    @Test
    func `The text names epoch, proof and the partitions in their order`() {
        let positions: Positions = [1: 36, 0: 35, 2: 0]
        #expect(Cursor(epoch: 37, proof: .init(partition: 1, fingerprint: 10), positions: positions).text == "1.11.1-a.0-z.1-10")
        #expect(Cursor(epoch: 1, proof: nil, positions: Positions()).text == "1.1.0")
    }

    @Test(arguments: [
        "", "1", "1.", "1.1", "1.1.", "1..0", ".1.0", "1.1.0.", "1.1.0.0", "1.1.0.0-", "1.1.0.-1", "1.1.0.0-0", "1.1.0.0-1.",
        "1.1.0.1-1.0-1", "1.1.0.0-1.0-2", "1.01.0", "1.1.0.0-01", "1.1.0.0-1z1z1z1z1z1z1z1", "1.1.0.zzzzzzz-1", "1.zzzzzzz.0",
        "1.1.0-zzzzzzzz.0-1", "1.1.0-5", "1.1.1-5.0-1", "1.1.A-1.0-1", "1.1.0.0-1 ", " 1.1.0", "1.1.0.0-1\n", "1.1.0.0-é",
        "1,1,0",
        "1.1.00", "1.1.0.0--1", "1.1.0.0-1-1", "-1.1.0", "null", "1.1.0.0-9223372036854775807999", "\u{0}",
    ])
    func `A text that is none is refused`(text: String) {
        #expect(throws: CursorError.malformed) { try Cursor(text) }
    }

    @Test
    func `Another version and a text without end are told apart`() {
        #expect(throws: CursorError.unknownVersion) { try Cursor("2.1.0") }
        #expect(throws: CursorError.tooLong) { try Cursor(String(repeating: "1", count: 9_000)) }
    }

    @Test
    func `Whatever is read is written the same, however a text was changed`() {
        var random = SeededRandom(3)
        let alphabet = Array("0123456789abcz.-A \u{1F600}")
        for _ in 0..<20_000 {
            var text = Array("1.1fnwhla.1-8ald84.0-c.1-9.2-g")
            for _ in 0...random.next(below: 3) {
                let index = random.next(below: text.count)
                switch random.next(below: 3) {
                case 0: text[index] = alphabet[random.next(below: alphabet.count)]
                case 1: text.remove(at: index)
                default: text.insert(alphabet[random.next(below: alphabet.count)], at: index)
                }
            }
            if let cursor = try? Cursor(String(text)) { #expect(cursor.text == String(text)) }
        }
    }

    @Test
    func `Positions are joined, compared and kept in order`() {
        var positions: Positions = [2: 5, 0: 1]
        #expect(positions[1] == 0)
        #expect(positions.covers([2: 5]))
        #expect(!positions.covers([1: 1]))
        #expect(
            positions.union([1: 3, 2: 4])
                == [0: 1, 1: 3, 2: 5] as Positions)
        positions[0] = 0
        #expect(positions.entries.map(\.partition) == [2])
    }

    @Test
    func `Positions are joined and compared as tables would be`() {
        var random = SeededRandom(5)
        for _ in 0..<500 {
            var tables: [[Int32: Int64]] = [[:], [:]]
            for index in 0..<2 {
                for _ in 0..<random.next(below: 8) {
                    tables[index][Int32(random.next(below: 10))] = Int64(1 + random.next(below: 3))
                }
            }
            let (left, right) = (tables[0], tables[1])
            let (leftPositions, rightPositions) = (Positions(left.map { ($0, $1) }), Positions(right.map { ($0, $1) }))
            let union = left.merging(right) { max($0, $1) }
            #expect(leftPositions.union(rightPositions) == Positions(union.map { ($0, $1) }))
            #expect(leftPositions.covers(rightPositions) == right.allSatisfy { left[$0, default: 0] >= $1 })
        }
    }

    @Test
    func `Another cluster or topic has another epoch`() {
        let epochs = [("a", "b"), ("ab", ""), ("", "ab"), ("a", "c")].map { Cursor.epoch(cluster: $0.0, topic: $0.1) }
        #expect(Set(epochs).count == epochs.count)
    }
}
