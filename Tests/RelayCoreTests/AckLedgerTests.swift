import ByteCoding
import RelayCore
import ServiceRuntime
import Testing

struct AckLedgerTests {
    private func failure(_ unit: AckTracker.UnitID, _ name: String) -> AckLedger.DeliveryFailure {
        AckLedger.DeliveryFailure(unit: unit, code: 10, name: name, isPoison: true)
    }

    private func isReadable(_ event: EventFD) throws -> Bool {
        try waitReadable([PollTarget(event.fileDescriptor)], timeoutMilliseconds: 0)[0].isEmpty == false
    }

    /// A unit of one row, received whole.
    private func receive(_ ledger: AckLedger, rows: Int, end: LSN) -> AckTracker.UnitID {
        let unit = ledger.open(at: 0, commitTime: 5)
        var batch = RowBatch(unit: unit)
        for row in 0..<rows { Array("\(row)".utf8).withUnsafeBytes { batch.addPublished(id: $0) } }
        _ = ledger.close(unit, produced: rows, bytes: rows, endLSN: end, rows: batch)
        return unit
    }

    @Test func `acknowledged rows become due, are taken up to the limit, and confirm when they are settled`() throws {
        let ledger = try AckLedger(confirmed: 100)
        let units = (1...3).map { receive(ledger, rows: 4, end: LSN(rawValue: 100 + UInt64($0))) }
        #expect(try !isReadable(ledger.bookkeeping))
        var times: [Int64?] = []
        ledger.acknowledge { acknowledge in for unit in units { times.append(acknowledge(unit, 4)) } }
        #expect(times == [5, 5, 5])
        #expect(try isReadable(ledger.bookkeeping))
        let first = ledger.takeDueRows(limit: 5)
        #expect(first.map(\.unit) == Array(units[..<2]), "whole units, until the limit is reached")
        let second = ledger.takeDueRows(limit: 5)
        #expect(second.map(\.unit) == [units[2]])
        #expect(ledger.takeDueRows(limit: 5).isEmpty)
        #expect(ledger.view.confirmed == 100 && ledger.oldest().awaitsBookkeeping)
        ledger.settle(Array(units[1...]))
        #expect(ledger.view.confirmed == 100)
        ledger.settle([units[0]])
        #expect(ledger.view.confirmed == 103 && ledger.view.isIdle && ledger.view.finishedEvents == 12)
    }

    @Test func `whoever waits is woken, and nobody else`() throws {
        let ledger = try AckLedger(confirmed: 100)
        let unit = receive(ledger, rows: 2, end: 200)
        ledger.acknowledge { _ = $0(unit, 1) }
        #expect(try !isReadable(ledger.progress))
        ledger.watch(true)
        ledger.acknowledge { _ = $0(unit, 1) }
        #expect(try isReadable(ledger.progress))
        _ = ledger.progress.drain()
        ledger.settle([unit])
        #expect(try isReadable(ledger.progress))
    }

    @Test func `the first failure counts, wakes, and is taken once`() throws {
        let ledger = try AckLedger(confirmed: 100)
        ledger.fail(failure(1, "first"))
        ledger.fail(failure(2, "second"))
        #expect(try isReadable(ledger.progress))
        #expect(ledger.view.failure?.name == "first")
        #expect(ledger.takeFailure()?.name == "first")
        #expect(ledger.takeFailure() == nil && ledger.view.failure == nil)
    }

    @Test func `a refused message is the cause, also when the client's own end is told first`() throws {
        let ledger = try AckLedger(confirmed: 100)
        ledger.fail(AckLedger.DeliveryFailure(unit: 0, code: -150, name: "fatal", isPoison: false))
        ledger.fail(AckLedger.DeliveryFailure(unit: 3, code: 10, name: "refused", isPoison: true))
        ledger.fail(AckLedger.DeliveryFailure(unit: 4, code: -150, name: "another", isPoison: false))
        ledger.fail(AckLedger.DeliveryFailure(unit: 5, code: 10, name: "later", isPoison: true))
        #expect(ledger.view.failure?.name == "refused")
    }

    @Test func `forgetting voids the bookkeeping of what will come again, and clears the failure`() throws {
        let ledger = try AckLedger(confirmed: 100)
        let kept = receive(ledger, rows: 1, end: 200)
        let lost = receive(ledger, rows: 1, end: 300)
        let behind = receive(ledger, rows: 1, end: 400)
        ledger.acknowledge { acknowledge in
            _ = acknowledge(kept, 1)
            _ = acknowledge(behind, 1)
        }
        ledger.fail(failure(lost, "refused"))
        let view = ledger.forgetUndelivered()
        #expect(view.received == 200 && view.openEvents == 1)
        #expect(view.failure?.name == "refused" && ledger.view.failure == nil, "told once more, and gone")
        #expect(ledger.takeDueRows(limit: 100).map(\.unit) == [kept])
        ledger.acknowledge { _ = $0(behind, 1) }
        ledger.settle([kept])
        #expect(ledger.view.confirmed == 200 && ledger.view.isIdle)
    }
}
