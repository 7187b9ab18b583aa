public import ByteCoding
import PgOutput
import RelayCore

extension LSN: ExpressibleByIntegerLiteral {
    /// Positions in tests are small numbers.
    public init(integerLiteral value: UInt64) { self.init(rawValue: value) }
}

extension RowBatch {
    /// A batch of one published row.
    static func one(_ unit: AckTracker.UnitID, id: String = "a") -> RowBatch {
        var batch = RowBatch(unit: unit)
        Array(id.utf8).withUnsafeBytes { batch.addPublished(id: $0) }
        return batch
    }
}

extension AckTracker {
    /// A transaction that is received whole, in one unit.
    mutating func receive(events: Int, end: LSN, hasRows: Bool = false) -> UnitID {
        let unit = open(at: 0, commitTime: 0)
        _ = close(unit, produced: events, bytes: events * 100, endLSN: end, rows: hasRows ? .one(unit) : nil)
        return unit
    }
}

extension Begin {
    init(_ commitLSN: LSN) { self.init(finalLSN: commitLSN, commitTime: 0, transactionID: 7) }
}

extension Commit {
    init(_ commitLSN: LSN, end: LSN) { self.init(commitLSN: commitLSN, endLSN: end, commitTime: 0) }
}

/// Seconds and milliseconds on the machines' clock.
let second: Int64 = 1_000_000_000
let millisecond: Int64 = 1_000_000
