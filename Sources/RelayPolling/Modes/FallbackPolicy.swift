package import RelayCore

/// Whether polling can publish what a stream cannot (`mode=auto`). Pure.
package enum FallbackPolicy {
    /// What stands in a stream's way, and in nobody else's. Whatever else ends a stream (rights on the table, columns, another
    /// cluster, a halt on a dead letter) would end polling too, or hide a mistake.
    private static let streamOnly: Set<String> = [
        "server.wal_level", "server.max_replication_slots", "server.max_wal_senders", "role.replication", "slot.busy",
        "stream.unavailable", "wal.budget", "postgres.error",
    ]

    /// The first of the findings, when polling may go on in spite of all of them.
    package static func reason(_ findings: [Finding]) -> Finding? {
        let failures = findings.filter { $0.severity == .fail }
        guard failures.allSatisfy({ streamOnly.contains($0.check) || $0.check.hasPrefix("publication.") }) else { return nil }
        return failures.first
    }
}
