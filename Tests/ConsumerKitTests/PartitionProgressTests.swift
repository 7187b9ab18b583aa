import ConsumerKit
import Kafka
import Testing

struct PartitionProgressTests {
    @Test
    func `The watermark is behind the longest finished prefix, whatever gaps the offsets have`() {
        var progress = PartitionProgress(start: 10)
        #expect(progress.watermark == 10)
        let sequences = [10, 11, 15, 16].map { progress.admit(offset: $0) }
        progress.finish(sequences[1])
        #expect(progress.watermark == 10 && progress.gap == 7)
        #expect(progress.watermark(with: [sequences[0]]) == 15)
        #expect(progress.watermark(with: [sequences[0], sequences[2]]) == 16)
        #expect(progress.watermark(with: [sequences[2]]) == 10)
        progress.finish(sequences[0])
        #expect(progress.watermark == 15)
        progress.finish(sequences[3])
        progress.finish(sequences[2])
        #expect(progress.watermark == 17)
        progress.finish(sequences[2])
        #expect(progress.watermark == 17)
    }

    @Test
    func `It agrees with a plain model over long random runs`() {
        for seed in 0..<200 {
            var random = SeededRandom(UInt64(seed))
            var progress = PartitionProgress(start: 0)
            var open: [(sequence: Int, offset: Int64)] = []
            var next: Int64 = 0
            for _ in 0..<400 {
                if random.once(in: 2) || open.isEmpty {
                    next += Int64(random.next(below: 3))
                    open.append((progress.admit(offset: next), next))
                    next += 1
                } else {
                    let index = random.once(in: 3) ? 0 : random.next(below: open.count)
                    let chosen = open.remove(at: index)
                    let expected = open.map(\.offset).min() ?? next
                    #expect(progress.watermark(with: [chosen.sequence]) == expected)
                    progress.finish(chosen.sequence)
                }
                #expect(progress.watermark == open.map(\.offset).min() ?? next)
            }
        }
    }

    @Test
    func `A ticket of an assignment that ended is worth nothing`() throws {
        let place = TopicPartition("t", 0)
        var ledger = AssignmentLedger()
        ledger.assign([(place, 5)])
        let slot = try #require(ledger.slot(of: place))
        let admitted = ledger.admit(slot: slot, offset: 5)
        let old = try #require(admitted)
        #expect(ledger.watermarks(with: [old]).map(\.offset) == [6])
        ledger.revoke([place])
        #expect(!ledger.isValid(old) && ledger.admit(slot: slot, offset: 6) == nil)
        ledger.assign([(place, 5)])
        ledger.finish([old])
        #expect(ledger.watermarks == [place: 5] && ledger.unpersisted.isEmpty)
    }

    @Test
    func `The group is told only what the database has`() throws {
        let place = TopicPartition("t", 0)
        var ledger = AssignmentLedger()
        ledger.assign([(place, 0)])
        #expect(ledger.uncommitted.map(\.1) == [0])
        ledger.committed([(place, 0)])
        let slot = try #require(ledger.slot(of: place))
        let tickets = (0..<3).compactMap { ledger.admit(slot: slot, offset: $0) }
        ledger.finish(tickets[0...1])
        #expect(ledger.uncommitted.isEmpty && ledger.unpersisted.map(\.offset) == [2])
        ledger.persisted([(place, 2)])
        #expect(ledger.unpersisted.isEmpty && ledger.uncommitted.map(\.1) == [2])
        ledger.committed([(place, 2)])
        #expect(ledger.uncommitted.isEmpty && ledger.widestGap == 1)
    }
}
