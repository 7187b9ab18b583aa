public import ByteCoding

/// Which position may be confirmed to PostgreSQL: the pure heart of promise P1.
///
/// Everything published is counted in units. A unit is a transaction, or a part of a large one, so that neither memory nor
/// bookkeeping depends on a transaction's size. A unit is finished when Kafka has acknowledged all of its events **and** the
/// bookkeeping of its rows is committed; the confirmed position is the end LSN of the longest finished prefix. Nothing else
/// moves it, except a keepalive while nothing is open.
///
/// Event in, action out; no I/O, clock or lock (`AckLedger` adds the lock).
public struct AckTracker {
    /// A unit's number: grows by one for each, never reused while the process lives.
    public typealias UnitID = UInt64

    private struct Unit {
        var produced = 0
        var acknowledged = 0
        var bytes = 0
        var isClosed = false
        /// Set on the unit that ends its transaction.
        var endLSN: LSN?
        /// Rows to be marked or deleted; handed out once, when the unit is delivered.
        var rows: RowBatch?
        var awaitsBookkeeping = false
        let openedAt: Int64
        let commitTime: Int64

        var isDelivered: Bool { isClosed && acknowledged >= produced }
        var isFinished: Bool { isDelivered && !awaitsBookkeeping && rows == nil }
    }

    private var units = Ring<Unit>()
    private var firstID: UnitID = 1

    /// What may be confirmed. Never goes back.
    public private(set) var confirmed: LSN
    /// The end of the last transaction received whole: where a new stream may begin while the open units live on.
    public private(set) var received: LSN
    /// Events produced and not yet finished.
    public private(set) var openEvents = 0
    /// Their bytes.
    public private(set) var openBytes = 0
    /// Events finished since the start.
    public private(set) var finishedEvents: UInt64 = 0
    /// Those of them that `confirmed` covers: the finished parts of a transaction count when its end is reached.
    public private(set) var confirmedEvents: UInt64 = 0
    /// Finished behind `confirmed`.
    private var uncoveredEvents: UInt64 = 0

    public init(confirmed: LSN) {
        self.confirmed = confirmed
        received = confirmed
    }

    /// Units that are open or not yet finished.
    public var openUnits: Int { units.count }
    public var isIdle: Bool { units.isEmpty }
    /// When the oldest unfinished unit was opened, on the caller's clock.
    public var oldestOpenedAt: Int64? { units.first?.openedAt }
    /// Whether the oldest unfinished unit is delivered and waits for its bookkeeping only.
    public var oldestAwaitsBookkeeping: Bool { units.first?.isDelivered ?? false }

    /// Begins a unit. Its events carry the returned number.
    /// - Parameter commitTime: of its transaction, Unix µs.
    public mutating func open(at now: Int64, commitTime: Int64) -> UnitID {
        units.append(Unit(openedAt: now, commitTime: commitTime))
        return firstID + UInt64(units.count - 1)
    }

    /// The unit is complete: no more events will carry its number.
    /// - Parameter endLSN: of its transaction, when this unit ends it.
    /// - Returns: rows whose bookkeeping is due now, because their events were acknowledged before the unit was closed.
    public mutating func close(
        _ id: UnitID, produced: Int, bytes: Int, endLSN: LSN?, rows: RowBatch?
    ) -> RowBatch? {
        guard let index = index(of: id), !units[index].isClosed else { return nil }
        if let endLSN { received = max(received, endLSN) }
        if produced == 0, rows == nil, index == units.count - 1, index > 0, units[index - 1].isClosed {
            // An empty transaction (14 sends one for every transaction of the database) behind unfinished ones: its end counts
            // as soon as they are finished, so it needs no entry of its own.
            if let endLSN { units[index - 1].endLSN = endLSN }
            units.removeLast()
            return nil
        }
        units[index].produced = produced
        units[index].bytes = bytes
        units[index].isClosed = true
        units[index].endLSN = endLSN
        units[index].rows = rows
        openEvents += produced
        openBytes += bytes
        let due = takeRowsIfDelivered(index)
        popFinished()
        return due
    }

    /// Kafka acknowledged `count` events of the unit. Returns rows whose bookkeeping is due now.
    public mutating func acknowledge(_ id: UnitID, count: Int) -> RowBatch? {
        guard let index = index(of: id) else { return nil }
        units[index].acknowledged += count
        guard units[index].isDelivered else { return nil }
        let due = takeRowsIfDelivered(index)
        if index == 0 { popFinished() }
        return due
    }

    /// The bookkeeping of the unit's rows is committed.
    public mutating func settle(_ id: UnitID) {
        guard let index = index(of: id) else { return }
        units[index].awaitsBookkeeping = false
        if index == 0 { popFinished() }
    }

    /// The server has sent everything up to `lsn` and nothing is open: idle WAL may be confirmed.
    public mutating func keepalive(_ lsn: LSN) {
        guard units.isEmpty else { return }
        confirmed = max(confirmed, lsn)
        received = max(received, lsn)
        coverEvents()
    }

    /// Forgets what Kafka did not acknowledge, after a purge: keeps the whole transactions of the delivered prefix (their
    /// bookkeeping may still be under way), and `received` becomes the end of the last of them, where the stream is read again.
    /// - Returns: the last unit that is kept; bookkeeping of later ones is void.
    public mutating func forgetUndelivered() -> UnitID {
        var kept = 0
        received = confirmed
        for index in 0..<units.count {
            guard units[index].isDelivered else { break }
            if let end = units[index].endLSN {
                kept = index + 1
                received = max(received, end)
            }
        }
        // A forgotten unit keeps its number, as an empty one: a late word about it must not be taken for a later unit's.
        for index in kept..<units.count {
            openEvents -= units[index].produced
            openBytes -= units[index].bytes
            units[index] = Unit(isClosed: true, openedAt: units[index].openedAt, commitTime: units[index].commitTime)
        }
        let last = firstID + UInt64(kept) - 1
        // The finished parts of a transaction whose end is not kept are published again, and counted then.
        if kept == 0 { uncoveredEvents = 0 }
        popFinished()
        return last
    }

    /// Commit time of a unit's transaction, Unix µs; nil when it is finished or forgotten.
    public func commitTime(of id: UnitID) -> Int64? { index(of: id).map { units[$0].commitTime } }

    private func index(of id: UnitID) -> Int? {
        guard id >= firstID, id - firstID < UInt64(units.count) else { return nil }
        return Int(id - firstID)
    }

    private mutating func takeRowsIfDelivered(_ index: Int) -> RowBatch? {
        guard units[index].isDelivered, let rows = units[index].rows else { return nil }
        units[index].rows = nil
        units[index].awaitsBookkeeping = true
        return rows
    }

    private mutating func coverEvents() {
        confirmedEvents += uncoveredEvents
        uncoveredEvents = 0
    }

    private mutating func popFinished() {
        while let first = units.first, first.isFinished {
            openEvents -= first.produced
            openBytes -= first.bytes
            finishedEvents += UInt64(first.produced)
            uncoveredEvents += UInt64(first.produced)
            if let end = first.endLSN {
                confirmed = max(confirmed, end)
                coverEvents()
            }
            units.removeFirst()
            firstID += 1
        }
    }
}
