import ByteCoding
import Drills
import RelayCore
import TestSupport
import Testing

/// Random interleavings of everything that may happen, against `ReferenceLedger`.
struct AckTrackerPropertyTests {
    private struct Disagreement: Error {}

    private struct Run {
        let seed: UInt64
        var random: XorShift
        var tracker = AckTracker(confirmed: 1_000)
        var model = ReferenceLedger(confirmed: 1_000)
        /// The unit that is being filled.
        var current: AckTracker.UnitID?
        /// Where the next transaction's commit lies ahead of.
        var position: UInt64 = 1_000
        var isInsideTransaction = false
        var due: [AckTracker.UnitID] = []
        var forgotten: [AckTracker.UnitID] = []
        var lastConfirmed: LSN = 1_000

        init(seed: UInt64) {
            self.seed = seed
            random = XorShift(seed: seed &+ 1)
        }

        mutating func step() {
            switch random.below(100) {
            case 0..<25: produce()
            case 25..<33: close(endsTransaction: false)
            case 33..<50: close(endsTransaction: true)
            case 50..<56: emptyTransaction()
            case 56..<80: acknowledge()
            case 80..<90: settle()
            case 90..<94: keepalive()
            case 94..<97: lateWord()
            default: if random.below(4) == 0 { forget() }
            }
        }

        mutating func produce() {
            let unit = current ?? open()
            let count = 1 + random.below(3)
            model.change(unit) { $0.produced += count }
        }

        mutating func open() -> AckTracker.UnitID {
            let unit = tracker.open(at: 0, commitTime: 0)
            if !isInsideTransaction { model.transactions.append(.init()) }
            isInsideTransaction = true
            model.transactions[model.transactions.count - 1].units.append(.init(id: unit))
            current = unit
            return unit
        }

        mutating func close(endsTransaction: Bool) {
            guard current != nil || (endsTransaction && isInsideTransaction) else { return }
            let unit = current ?? open()
            current = nil
            let last = model.transactions.count - 1
            guard let produced = model.transactions[last].units.last?.produced else { return }
            if endsTransaction {
                position += 10
                model.transactions[last].end = LSN(rawValue: position)
                isInsideTransaction = false
            }
            let hasRows = produced > 0 && random.below(2) == 0
            model.change(unit) { unit in
                unit.isClosed = true
                unit.hasRows = hasRows
            }
            defer { if produced == 0 { model.change(unit) { $0.id = ReferenceLedger.noID } } }
            note(
                tracker.close(
                    unit, produced: produced, bytes: produced * 7, endLSN: endsTransaction ? LSN(rawValue: position) : nil,
                    rows: hasRows ? .one(unit) : nil))
        }

        mutating func emptyTransaction() {
            guard !isInsideTransaction else { return }
            _ = open()
            close(endsTransaction: true)
        }

        mutating func acknowledge() {
            let waiting = model.units.filter { $0.acknowledged < $0.produced }
            guard !waiting.isEmpty else { return }
            let unit = waiting[random.below(waiting.count)]
            let count = 1 + random.below(unit.produced - unit.acknowledged)
            model.change(unit.id) { $0.acknowledged += count }
            note(tracker.acknowledge(unit.id, count: count))
        }

        mutating func note(_ batch: RowBatch?) {
            guard let batch else { return }
            #expect(!due.contains(batch.unit) && !forgotten.contains(batch.unit), "rows were handed out twice, seed \(seed)")
            due.append(batch.unit)
        }

        mutating func settle() {
            guard !due.isEmpty else { return }
            let unit = due.remove(at: random.below(due.count))
            model.change(unit) { $0.isSettled = true }
            tracker.settle(unit)
        }

        /// Between transactions only, as the session does it.
        mutating func keepalive() {
            guard !isInsideTransaction else { return }
            position += UInt64(random.below(3))
            model.keepalive(LSN(rawValue: position))
            tracker.keepalive(LSN(rawValue: position))
        }

        mutating func lateWord() {
            guard !forgotten.isEmpty else { return }
            let unit = forgotten[random.below(forgotten.count)]
            if random.below(2) == 0 {
                let rows = tracker.acknowledge(unit, count: 1)
                #expect(rows == nil)
            } else {
                tracker.settle(unit)
            }
        }

        mutating func forget() {
            close(endsTransaction: false)
            let last = tracker.forgetUndelivered()
            let gone = model.forgetUndelivered()
            #expect(gone.allSatisfy { $0 > last } && model.units.allSatisfy { $0.id <= last }, "seed \(seed)")
            forgotten += gone
            due.removeAll { $0 > last }
            isInsideTransaction = false
            #expect(tracker.received == model.received, "seed \(seed)")
            position = tracker.received.rawValue
        }

        /// What does not agree; nil when all does.
        private var disagreement: String? {
            if tracker.confirmed != model.confirmed { return "confirmed: \(tracker.confirmed) for \(model.confirmed)" }
            if tracker.confirmed < lastConfirmed { return "the confirmed position went back to \(tracker.confirmed)" }
            if tracker.openEvents != model.openEvents { return "open events: \(tracker.openEvents) for \(model.openEvents)" }
            if tracker.openBytes != model.openEvents * 7 { return "open bytes: \(tracker.openBytes)" }
            if tracker.finishedEvents != UInt64(model.finishedEvents) { return "finished events: \(tracker.finishedEvents)" }
            return tracker.isIdle == (model.isIdle && current == nil) ? nil : "idle: \(tracker.isIdle)"
        }

        mutating func check() throws {
            if let disagreement {
                Issue.record("\(disagreement), seed \(seed)")
                throw Disagreement()
            }
            lastConfirmed = tracker.confirmed
        }

        mutating func finish() throws {
            close(endsTransaction: true)
            if isInsideTransaction { close(endsTransaction: true) }
            while model.units.contains(where: { $0.acknowledged < $0.produced }) { acknowledge() }
            while !due.isEmpty { settle() }
            try check()
            #expect(tracker.isIdle && tracker.openEvents == 0 && tracker.openBytes == 0, "seed \(seed)")
            #expect(tracker.confirmed == tracker.received, "seed \(seed)")
        }
    }

    @Test func `every random history agrees with the reference after every step`() throws {
        for seed in 0..<600 as Range<UInt64> {
            var run = Run(seed: seed)
            for _ in 0..<80 {
                run.step()
                try run.check()
            }
            try run.finish()
        }
    }
}
