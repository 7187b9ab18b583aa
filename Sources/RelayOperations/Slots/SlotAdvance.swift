public import ByteCoding
import CommandLineKit
import PostgresClient
package import PostgresReplication
package import RelayCore
public import ServiceRuntime

/// `slot advance`: moves the slot forward over events that will then never be streamed.
public struct SlotAdvance {
    /// Where to.
    public enum Target: Equatable, Sendable {
        case position(LSN)
        /// The end of WAL at this moment.
        case current
    }

    /// What the slot would skip, as far as it was counted.
    struct Skipped: Equatable {
        var events: Int64
        /// More changes than were looked at.
        var isPartial: Bool

        var text: String {
            "\(isPartial ? "at least " : "")\(Quantity.count(events)) event\(events == 1 && !isPartial ? "" : "s")"
        }
    }

    /// Changes that are looked at to count what is skipped; the server decodes them, in whole transactions.
    static let countedChanges = 100_000

    private let session: OperatorSession
    private let stop: StopSignal

    public init(_ session: OperatorSession, stop: StopSignal) {
        self.session = session
        self.stop = stop
    }

    public func plan(_ wanted: Target) throws(OperationError) -> PlannedChange {
        let slot = try session.existingSlot()
        let end = try session.walEnd()
        let target = try Self.target(wanted, slot: slot, walEnd: end)
        try session.requireIdle(slot)
        var notes: [String] = []
        let skipped: Skipped?
        do throws(OperationError) {
            let found = try count(slot, upTo: target)
            skipped = found
            notes.append("\(found.text) between \(slot.confirmedFlushLSN ?? .zero) and \(target) will not be streamed")
        } catch {
            if stop.isSet { throw error }
            skipped = nil
            notes.append("what will be skipped could not be counted: \(error)")
        }
        notes += Self.reaction(try session.checkpoint(), target: target)
        let sql =
            "SELECT end_lsn FROM pg_catalog.pg_replication_slot_advance(\(quotedLiteral(slot.name)), \(quotedLiteral("\(target)")))"
        return PlannedChange(
            action: "slot.advance", object: "slot \(slot.name)", sentence: "Advance the slot \(slot.name) to \(target)",
            destroys: true,
            notes: notes, statements: [sql],
            perform: { () throws(OperationError) in try self.advance(slot, sql, skipped) })
    }

    /// Checks the target against where the slot stands and the end of WAL.
    package static func target(_ wanted: Target, slot: ReplicationSlot, walEnd: LSN) throws(OperationError) -> LSN {
        if slot.isLost {
            throw OperationError(
                "the server has invalidated the slot \(slot.name); it can only be dropped: outbox-relay slot drop")
        }
        guard slot.isLogical else { throw OperationError("\(slot.name) is a physical slot; it belongs to a standby") }
        let confirmed = slot.confirmedFlushLSN ?? .zero
        switch wanted {
        case .current: return max(walEnd, confirmed)
        case .position(let lsn):
            guard lsn <= walEnd else { throw OperationError("\(lsn) is beyond the server's end of WAL, \(walEnd)") }
            guard lsn > confirmed else {
                throw OperationError("the slot \(slot.name) stands at \(confirmed) already; a slot cannot go back")
            }
            return lsn
        }
    }

    /// How the relay will take it.
    package static func reaction(_ checkpoint: Checkpoint?, target: LSN) -> [String] {
        guard let checkpoint, checkpoint.phase == .streaming, target > checkpoint.endLSN else {
            return ["the relay will stream from there without a word: nothing else records the gap"]
        }
        return [
            "the checkpoint says \(checkpoint.endLSN), so `run` will refuse to start until the gap is accepted: "
                + "outbox-relay checkpoint set with the position that this command prints"
        ]
    }

    /// Counted by the server, so that no payload travels.
    private func count(_ slot: ReplicationSlot, upTo target: LSN) throws(OperationError) -> Skipped {
        let names = quotedIdentifier(session.options.publicationName)
        let sql = """
            SELECT count(*) FILTER (WHERE get_byte(data, 0) = 73) || ' ' || count(*) \
            FROM pg_catalog.pg_logical_slot_peek_binary_changes(\(quotedLiteral(slot.name)), \(quotedLiteral("\(target)")), \
            \(Self.countedChanges), 'proto_version', '1', 'publication_names', \(quotedLiteral(names)))
            """
        let statement = CancellableStatement(session.options.postgres, timeoutSeconds: 60, stop: stop)
        switch try statement.run(sql, doing: "counting", observer: session.connection, progress: { _ in }) {
        case .done(let text):
            let numbers = (text ?? "").split(separator: " ").compactMap { Int64($0) }
            guard numbers.count == 2 else { throw OperationError("the server gave no count") }
            return Skipped(events: numbers[0], isPartial: numbers[1] >= Int64(Self.countedChanges))
        case .stopped: throw OperationError("interrupted")
        case .timedOut: throw OperationError("it took more than a minute")
        }
    }

    private func advance(_ slot: ReplicationSlot, _ sql: String, _ skipped: Skipped?) throws(OperationError)
        -> PlannedChange.Result
    {
        let statement = CancellableStatement(session.options.postgres, timeoutSeconds: nil, stop: stop)
        let doing = "advancing the slot \(slot.name)"
        guard case .done(let end) = try statement.run(sql, doing: doing, observer: session.connection, progress: { _ in }) else {
            throw OperationError("\(doing): interrupted; outbox-relay slot list shows where it stands")
        }
        return PlannedChange.Result(
            "slot \(slot.name) stands at \(end ?? "an unknown position")",
            [
                .init("slot", JSONValue(slot.name)), .init("lsn", JSONValue(end)),
                .init("skipped_events", JSONValue(skipped?.events)),
                .init("skipped_is_minimum", JSONValue(skipped?.isPartial ?? true)),
            ])
    }
}
