import ByteCoding
import RelayCore
import Testing

struct AckTrackerTests {
    @Test func `a transaction is confirmed with its last acknowledgement, not before`() {
        var tracker = AckTracker(confirmed: 100)
        let unit = tracker.receive(events: 3, end: 200)
        #expect(tracker.confirmed == 100 && tracker.received == 200 && tracker.openEvents == 3 && tracker.openBytes == 300)
        _ = tracker.acknowledge(unit, count: 2)
        #expect(tracker.confirmed == 100)
        _ = tracker.acknowledge(unit, count: 1)
        #expect(tracker.confirmed == 200 && tracker.openEvents == 0 && tracker.openBytes == 0 && tracker.finishedEvents == 3)
        #expect(tracker.isIdle && tracker.oldestOpenedAt == nil)
    }

    @Test func `a later transaction waits for every earlier one`() {
        var tracker = AckTracker(confirmed: 100)
        let units = [
            tracker.receive(events: 1, end: 200), tracker.receive(events: 1, end: 300), tracker.receive(events: 1, end: 400),
        ]
        _ = tracker.acknowledge(units[2], count: 1)
        _ = tracker.acknowledge(units[1], count: 1)
        #expect(tracker.confirmed == 100 && tracker.openEvents == 3)
        _ = tracker.acknowledge(units[0], count: 1)
        #expect(tracker.confirmed == 400 && tracker.openEvents == 0)
    }

    @Test func `a part of a transaction confirms nothing until the whole is finished`() {
        var tracker = AckTracker(confirmed: 100)
        let first = tracker.open(at: 5, commitTime: 1_000)
        _ = tracker.close(first, produced: 500, bytes: 9, endLSN: nil, rows: nil)
        _ = tracker.acknowledge(first, count: 500)
        #expect(tracker.confirmed == 100 && tracker.received == 100 && tracker.isIdle)
        let second = tracker.receive(events: 1, end: 200)
        #expect(tracker.confirmed == 100 && tracker.received == 200)
        _ = tracker.acknowledge(second, count: 1)
        #expect(tracker.confirmed == 200)
    }

    @Test func `acknowledgements that come before the unit is closed count`() {
        var tracker = AckTracker(confirmed: 100)
        let unit = tracker.open(at: 5, commitTime: 77)
        #expect(tracker.commitTime(of: unit) == 77 && tracker.oldestOpenedAt == 5)
        _ = tracker.acknowledge(unit, count: 2)
        #expect(tracker.confirmed == 100 && !tracker.isIdle)
        let due = tracker.close(unit, produced: 2, bytes: 9, endLSN: 200, rows: .one(unit))
        #expect(due?.unit == unit && tracker.confirmed == 100 && tracker.oldestAwaitsBookkeeping)
        tracker.settle(unit)
        #expect(tracker.confirmed == 200 && tracker.commitTime(of: unit) == nil)
    }

    @Test func `rows are handed out once, and their commit is waited for`() {
        var tracker = AckTracker(confirmed: 100)
        let unit = tracker.receive(events: 2, end: 200, hasRows: true)
        let early = tracker.acknowledge(unit, count: 1)
        #expect(early == nil && !tracker.oldestAwaitsBookkeeping)
        let due = tracker.acknowledge(unit, count: 1)
        #expect(due?.publishedCount == 1 && tracker.oldestAwaitsBookkeeping)
        let again = tracker.acknowledge(unit, count: 1)
        #expect(again == nil && tracker.confirmed == 100)
        tracker.settle(unit)
        #expect(tracker.confirmed == 200)
    }

    @Test func `bookkeeping that is committed before an earlier delivery is remembered`() {
        var tracker = AckTracker(confirmed: 100)
        let first = tracker.receive(events: 1, end: 200)
        let second = tracker.receive(events: 1, end: 300, hasRows: true)
        _ = tracker.acknowledge(second, count: 1)
        tracker.settle(second)
        #expect(tracker.confirmed == 100)
        _ = tracker.acknowledge(first, count: 1)
        #expect(tracker.confirmed == 300)
    }

    @Test func `a keepalive counts only while nothing is open, and never backwards`() {
        var tracker = AckTracker(confirmed: 100)
        tracker.keepalive(150)
        #expect(tracker.confirmed == 150 && tracker.received == 150)
        tracker.keepalive(90)
        #expect(tracker.confirmed == 150)
        let unit = tracker.open(at: 0, commitTime: 0)
        tracker.keepalive(900)
        #expect(tracker.confirmed == 150, "an open unit")
        _ = tracker.close(unit, produced: 1, bytes: 1, endLSN: 200, rows: .one(unit))
        tracker.keepalive(900)
        #expect(tracker.confirmed == 150, "an undelivered unit")
        _ = tracker.acknowledge(unit, count: 1)
        tracker.keepalive(900)
        #expect(tracker.confirmed == 150, "bookkeeping under way")
        tracker.settle(unit)
        tracker.keepalive(900)
        #expect(tracker.confirmed == 900)
    }

    @Test func `empty transactions are confirmed in their turn and take no room`() {
        var tracker = AckTracker(confirmed: 100)
        _ = tracker.receive(events: 0, end: 110)
        #expect(tracker.confirmed == 110 && tracker.isIdle)
        let unit = tracker.receive(events: 1, end: 200)
        var most = 0
        for index in 1...100_000 as ClosedRange<UInt64> {
            _ = tracker.receive(events: 0, end: LSN(rawValue: 200 + index * 10))
            most = max(most, tracker.openUnits)
        }
        #expect(most == 1 && tracker.confirmed == 110 && tracker.received == LSN(rawValue: 1_000_200))
        _ = tracker.acknowledge(unit, count: 1)
        #expect(tracker.confirmed == LSN(rawValue: 1_000_200) && tracker.isIdle)
    }

    @Test func `the empty end of a transaction in parts is its end`() {
        var tracker = AckTracker(confirmed: 100)
        let part = tracker.open(at: 0, commitTime: 0)
        _ = tracker.close(part, produced: 500, bytes: 1, endLSN: nil, rows: nil)
        _ = tracker.receive(events: 0, end: 200)
        #expect(tracker.openUnits == 1 && tracker.confirmed == 100)
        _ = tracker.acknowledge(part, count: 500)
        #expect(tracker.confirmed == 200)
    }

    @Test func `forgetting keeps whole delivered transactions and reads on behind the last of them`() {
        var tracker = AckTracker(confirmed: 100)
        let booked = tracker.receive(events: 1, end: 200, hasRows: true)
        let part = tracker.open(at: 0, commitTime: 0)
        _ = tracker.close(part, produced: 1, bytes: 1, endLSN: nil, rows: nil)
        let lost = tracker.receive(events: 1, end: 300)
        let behind = tracker.receive(events: 1, end: 400)
        for unit in [booked, part, behind] { _ = tracker.acknowledge(unit, count: 1) }
        let kept = tracker.forgetUndelivered()
        #expect(kept == booked, "the delivered part of an undelivered transaction comes again")
        #expect(tracker.received == 200 && tracker.confirmed == 100 && tracker.openEvents == 1)
        tracker.settle(booked)
        #expect(tracker.confirmed == 200 && tracker.isIdle && tracker.openEvents == 0 && tracker.openBytes == 0)
        #expect(tracker.finishedEvents == 1)
        _ = lost
    }

    @Test func `a late word about a forgotten unit changes nothing and is taken for no other unit`() {
        var tracker = AckTracker(confirmed: 100)
        let kept = tracker.receive(events: 1, end: 150, hasRows: true)
        _ = tracker.acknowledge(kept, count: 1)
        let forgotten = tracker.receive(events: 2, end: 200, hasRows: true)
        let open = tracker.open(at: 0, commitTime: 0)
        _ = tracker.forgetUndelivered()
        let again = tracker.receive(events: 2, end: 200, hasRows: true)
        #expect(again > open && open > forgotten)
        let words = [
            tracker.acknowledge(forgotten, count: 2), tracker.acknowledge(open, count: 9),
            tracker.close(open, produced: 9, bytes: 9, endLSN: 900, rows: .one(open)),
        ]
        tracker.settle(forgotten)
        #expect(words.allSatisfy { $0 == nil })
        #expect(tracker.confirmed == 100 && tracker.received == 200 && tracker.openEvents == 3 && tracker.openBytes == 300)
        tracker.settle(kept)
        #expect(tracker.confirmed == 150)
        _ = tracker.acknowledge(again, count: 2)
        tracker.settle(again)
        #expect(tracker.confirmed == 200 && tracker.isIdle)
    }

    @Test(arguments: [0, 2, 3, UInt64.max] as [AckTracker.UnitID])
    func `a unit that never was is ignored`(id: AckTracker.UnitID) {
        var tracker = AckTracker(confirmed: 100)
        let unit = tracker.receive(events: 1, end: 200)
        #expect(unit == 1)
        _ = tracker.acknowledge(id, count: 1)
        _ = tracker.close(id, produced: 1, bytes: 1, endLSN: 900, rows: nil)
        tracker.settle(id)
        #expect(
            tracker.confirmed == 100 && tracker.received == 200 && tracker.openEvents == 1 && tracker.commitTime(of: id) == nil)
    }

    @Test func `numbers and memory hold out over a million transactions`() {
        var tracker = AckTracker(confirmed: 100)
        var waiting: [AckTracker.UnitID] = []
        for index in 1...1_000_000 as ClosedRange<UInt64> {
            waiting.append(tracker.receive(events: 1, end: LSN(rawValue: 100 + index)))
            guard waiting.count == 100 else { continue }
            for unit in waiting.reversed() { _ = tracker.acknowledge(unit, count: 1) }
            waiting.removeAll(keepingCapacity: true)
        }
        #expect(tracker.confirmed == 1_000_100 && tracker.isIdle && tracker.finishedEvents == 1_000_000)
    }

    @Test func `parts of a transaction count as confirmed when its end is, and a forgotten part does not count`() {
        var tracker = AckTracker(confirmed: LSN(rawValue: 10))
        func part(_ produced: Int, end: UInt64?) {
            let unit = tracker.open(at: 0, commitTime: 0)
            _ = tracker.close(unit, produced: produced, bytes: 1, endLSN: end.map { LSN(rawValue: $0) }, rows: nil)
            _ = tracker.acknowledge(unit, count: produced)
        }
        part(3, end: nil)
        let atPart = (tracker.finishedEvents, tracker.confirmedEvents)
        #expect(atPart == (3, 0))
        part(2, end: 20)
        let atEnd = (tracker.finishedEvents, tracker.confirmedEvents)
        #expect(atEnd == (5, 5))
        part(4, end: nil)
        _ = tracker.forgetUndelivered()
        part(4, end: nil)
        part(1, end: 30)
        let atRepeat = tracker.confirmedEvents
        #expect(atRepeat == 10)
    }
}
