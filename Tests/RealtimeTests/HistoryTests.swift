import Realtime
import Testing

struct HistoryTests {
    private static let epoch: UInt32 = 9

    /// A ring that was given what these records are, and the cursor behind each of its events.
    private func ring(
        _ records: [FakeRecord], start: Positions = Positions(), limit: Int = 100, bytes: Int = 1 << 20
    ) -> (HistoryRing, [Cursor]) {
        var sequencer = EventSequencer(epoch: Self.epoch, start: start)
        var ring = HistoryRing(limits: .init(events: limit, bytes: bytes, age: 1_000))
        for record in records { _ = sequencer.take(record) }
        guard let batch = sequencer.takeBatch() else { return (ring, []) }
        ring.restart(at: start, sequence: 0)
        for (index, event) in batch.events.enumerated() { ring.append(event, now: Int64(index) * 100) }
        ring.advance(to: batch.positions)
        let cursors = batch.events.compactMap { event -> Cursor? in
            guard let bytes = event.bytes(for: .eventStream) else { return nil }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.flatMap { try? Cursor($0.dropFirst(4)) }
        }
        return (ring, cursors)
    }

    private static let records = [
        FakeRecord.event("a", partition: 0, offset: 5),
        FakeRecord.event("b", partition: 1, offset: 0),
        FakeRecord(partition: 0, offset: 6),
        FakeRecord.event("c", partition: 0, offset: 9),
        FakeRecord.event("d", partition: 1, offset: 1),
        FakeRecord(partition: 1, offset: 4),
    ]
    private static let start: Positions = [0: 3]

    @Test
    func `It covers holes, skipped records and what lies before the first event`() {
        let (ring, _) = ring(Self.records, start: Self.start)
        #expect(ring.count == 4)
        #expect(ring.coverage(of: 0) == 3..<10)
        #expect(ring.coverage(of: 1) == 0..<5)
        #expect(ring.coverage(of: 2) == 0..<0)
        #expect(ring.positions == [0: 10, 1: 5] as Positions)
    }

    @Test
    func `What is thrown out ends the coverage behind it, and its fingerprint stays`() {
        let (whole, cursors) = ring(Self.records, start: Self.start)
        let (ring, _) = ring(Self.records, start: Self.start, limit: 2)
        #expect(ring.count == 2)
        #expect(ring.first == 2)
        #expect(ring.coverage(of: 0) == 6..<10)
        #expect(ring.coverage(of: 1) == 1..<5)
        #expect(ring.fingerprint(before: 6, in: 0) == cursors[0].proof?.fingerprint)
        #expect(ring.fingerprint(before: 9, in: 0) == whole.fingerprint(before: 6, in: 0))
        #expect(ring.fingerprint(before: 10, in: 0) == cursors[2].proof?.fingerprint)
        #expect(ring.fingerprint(before: 5, in: 0) == nil)
        #expect(ring.fingerprint(before: 11, in: 0) == nil)
        #expect(whole.fingerprint(before: 5, in: 0) == nil)
    }

    @Test
    func `Bytes and age bound it as well`() {
        let (small, _) = ring(Self.records, bytes: 1)
        #expect(small.count == 1)
        var (ring, _) = ring(Self.records)
        ring.expire(now: 1_099)
        #expect(ring.count == 3 - 1 + 1)
        ring.expire(now: 1_100, keeping: 1)
        #expect(ring.count == 3)
        ring.expire(now: 5_000)
        #expect(ring.count == 0)
        #expect(ring.bytes == 0)
        #expect(ring.coverage(of: 0) == 10..<10)
    }

    // MARK: Resuming

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var limit = 100
        let cursor: @Sendable ([Cursor]) -> Cursor
        let plan: ResumePlan
        var testDescription: String { name }

        init(_ name: String, limit: Int = 100, _ plan: ResumePlan, _ cursor: @escaping @Sendable ([Cursor]) -> Cursor) {
            self.name = name
            self.limit = limit
            self.cursor = cursor
            self.plan = plan
        }
    }

    private static func changed(
        _ cursor: Cursor, epoch: UInt32? = nil, fingerprint: UInt32? = nil, _ positions: (inout Positions) -> Void = { _ in }
    ) -> Cursor {
        var moved = cursor.positions
        positions(&moved)
        let proof = cursor.proof.map { Cursor.Proof(partition: $0.partition, fingerprint: fingerprint ?? $0.fingerprint) }
        return Cursor(epoch: epoch ?? cursor.epoch, proof: proof, positions: moved)
    }

    @Test(arguments: [
        Case("the first event", .replay(from: 1)) { $0[0] },
        Case("the last event", .replay(from: 4)) { $0[3] },
        Case("another order of the partitions", .replay(from: 1)) {
            changed($0[0]) {
                $0[1] = 0; $0[0] = 9
            }
        },
        Case("in a hole", .replay(from: 2)) { changed($0[1]) { $0[0] = 8 } },
        Case("behind a skipped record", .replay(from: 4)) { changed($0[3]) { $0[1] = 5 } },
        Case("thrown out, but nothing is missing", limit: 2, .replay(from: 2)) { $0[1] },
        Case("another topic", .reset(.otherTopic)) { changed($0[0], epoch: 1) },
        Case("an event is gone", limit: 1, .reset(.tooOld)) { $0[0] },
        Case("a partition that the cursor does not name is gone", limit: 1, .reset(.tooOld)) { changed($0[2]) { $0[1] = 0 } },
        Case("another event before it", .reset(.unproven)) { changed($0[2], fingerprint: 1) },
        Case("nothing known before it", .reset(.unproven)) { changed($0[0]) { $0[0] = 4 } },
        Case("no proof", .reset(.unproven)) { Cursor(epoch: $0[0].epoch, proof: nil, positions: $0[0].positions) },
        Case("ahead in another partition", .ahead(from: 4, isProven: true)) { changed($0[2]) { $0[1] = 6 } },
        Case("ahead where the proof is", .ahead(from: 4, isProven: false)) {
            changed($0[3]) {
                $0[1] = 6; $0[0] = 10
            }
        },
        Case("ahead in a partition that is not known", .ahead(from: 4, isProven: true)) { changed($0[3]) { $0[7] = 1 } },
        Case("ahead and too old", limit: 2, .reset(.tooOld)) {
            changed($0[3]) {
                $0[1] = 99; $0[0] = 5
            }
        },
    ])
    func `A plan is a replay, a wait, or a reset with its reason`(example: Case) {
        let (_, cursors) = ring(Self.records, start: Self.start)
        let (ring, _) = ring(Self.records, start: Self.start, limit: example.limit)
        #expect(ResumePlan(example.cursor(cursors), epoch: Self.epoch, ring: ring) == example.plan)
    }

    @Test
    func `Of a topic from its very beginning everything can be given without a proof`() {
        let (ring, _) = ring([FakeRecord.event("a", offset: 0)])
        #expect(
            ResumePlan(Cursor(epoch: Self.epoch, proof: nil, positions: Positions()), epoch: Self.epoch, ring: ring)
                == .replay(from: 0))
    }
}
