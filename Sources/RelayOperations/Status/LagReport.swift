import CommandLineKit
import PostgresReplication
import RelayCore

/// `lag`: how far behind the relay is, for people, scripts and alerts.
public enum LagReport {
    /// - Parameters:
    ///   - address: where the relay is asked for its delivery times; nil leaves them out.
    ///   - maximumBytes: more confirmed lag than this is wrong.
    public static func report(
        _ session: OperatorSession, address: StatusAddress?, maximumBytes: Int?
    ) throws(OperationError) -> Report {
        let status = try DatabaseStatus.read(session)
        guard status.slot != nil else {
            throw OperationError("the slot \(session.options.slotName) does not exist, so there is no lag to speak of")
        }
        var delivery: Double?
        if let address, let answer = try? RelayAnswer.fetch(address), answer.slot == session.options.slotName {
            delivery = answer.deliveryP99
        }
        return report(status, deliveryP99: delivery, maximumBytes: maximumBytes)
    }

    package static func report(_ status: DatabaseStatus, deliveryP99: Double?, maximumBytes: Int?) -> Report {
        // A lost slot has no lag that could be caught up with.
        let isLost = status.slot?.isLost ?? true
        let isWithin = maximumBytes.map { limit in status.confirmedLag.map { $0 <= UInt64(max(0, limit)) } ?? false } ?? true
        var lines = Table(["", ""])
        func add(_ name: String, _ value: String?) { lines.append([name, value ?? "unknown"]) }
        add("slot", status.slot.map { "\($0.name), \($0.walStatus ?? "unknown")" })
        add("streaming", status.streamer ?? "nobody")
        add(
            "confirmed lag",
            status.confirmedLag.map { lag in
                Quantity.bytes(lag)
                    + (maximumBytes.map { lag > UInt64(max(0, $0)) ? ", above the limit of \(Quantity.bytes($0))" : "" } ?? "")
            })
        add("retained WAL", status.slot?.retainedWALBytes.map { Quantity.bytes($0) })
        add("pending rows", status.backlog.pendingText)
        add(
            "oldest pending",
            status.backlog.pendingRows == 0
                ? "none" : status.backlog.oldestPendingSeconds.map { Quantity.duration(seconds: $0) })
        add("delivery p99", deliveryP99.map { Quantity.duration(seconds: $0) } ?? "no relay answers, or no events yet")
        let document: JSONValue = [
            "slot": JSONValue(status.slot?.name), "streaming": JSONValue(status.streamer != nil),
            "confirmed_lag_bytes": JSONValue(status.confirmedLag), "retained_wal_bytes": JSONValue(status.slot?.retainedWALBytes),
            "safe_wal_bytes": JSONValue(status.slot?.safeWALSize), "wal_status": JSONValue(status.slot?.walStatus),
            "pending_rows": JSONValue(status.backlog.pendingRows),
            "pending_rows_is_minimum": JSONValue((status.backlog.pendingRows ?? 0) >= Backlog.limit),
            "oldest_pending_seconds": JSONValue(status.backlog.oldestPendingSeconds),
            "delivery_p99_seconds": JSONValue(deliveryP99), "max_bytes": JSONValue(maximumBytes),
            "within_limit": JSONValue(isWithin && !isLost),
        ]
        return Report(text: lines.render(), json: document, isRight: isWithin && !isLost)
    }
}
