package import Telemetry

extension WALGuard.Verdict {
    /// Why the slot is given up.
    package func release(slot: String, retainedBytes: Int64) -> Finding {
        Finding(
            "wal.budget", .fail, object: "slot \(slot)",
            fact: "the server keeps \(retainedBytes) bytes of WAL for it, \(percent) % of the limit of \(limitBytes)\(estimate)",
            remedy: "find out what holds the relay up (outbox-relay status), or raise wal.budget.bytes or max_slot_wal_keep_size")
    }

    package func warn(_ logger: Logger, slot: String, retainedBytes: Int64) {
        logger.warning(
            "the slot's WAL comes near its limit",
            [
                .slot: .string(slot), .bytes: .int(Int(retainedBytes)), .limit: .int(Int(limitBytes)),
                .text: .string("\(percent) %\(estimate)"),
            ])
    }

    private var percent: Int { Int((share * 100).rounded(.down)) }

    private var estimate: String { secondsToFull.map { "; full in about \(Int(min($0, 1e9))) s" } ?? "" }
}
