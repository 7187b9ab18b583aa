/// Judges what a relay delivered: every drill and test by the same rule. Pure.
public struct DeliveryVerdict: Sendable {
    /// Whatever broke a promise, a sentence each.
    public private(set) var problems: [String] = []

    /// - Parameters:
    ///   - duplicateLimit: repetitions that the faults explain.
    ///   - allowsInterleavings: several publishers share the work, and what a dead one had sent may arrive among its successor's.
    public init(_ audit: DeliveryAudit, duplicateLimit: Int, allowsInterleavings: Bool = false) {
        note(audit.missing, "events lost")
        note(audit.invented, "events invented")
        note(audit.orderViolations, "order violations")
        if !allowsInterleavings { note(audit.interleavings, "interleavings") }
        if audit.duplicates > duplicateLimit {
            problems.append("\(audit.duplicates) duplicates, and the faults explain \(duplicateLimit)")
        }
    }

    /// The same, and whether the database kept what it had promised to the workload: a drill on one that did not is unsound.
    ///
    /// - Parameter written: what the table holds, as for the audit.
    public init(
        _ audit: DeliveryAudit, of workload: OutboxWorkload, written: [WrittenEvent], duplicateLimit: Int,
        allowsInterleavings: Bool = false
    ) {
        self.init(audit, duplicateLimit: duplicateLimit, allowsInterleavings: allowsInterleavings)
        let kept = Set(written.map(\.id))
        note(workload.committedIDs.filter { !kept.contains($0) }, "commits lost by PostgreSQL, the drill is unsound")
        note(workload.discardedIDs.filter { kept.contains($0) }, "rolled-back rows are in the table")
    }

    private mutating func note(_ found: [String], _ what: String) {
        if !found.isEmpty { problems.append("\(found.count) \(what): \(found.prefix(5))") }
    }
}
