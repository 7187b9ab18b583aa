import CommandLineKit
import ConsumerKit
import PostgresClient
public import RelayOperations
import ServiceRuntime

/// `dlq discard`: leaves dead letters out for good, and applies what was parked behind them. The records stay in the dead-letter topic
/// until its retention takes them.
public enum LetterDiscard {
    /// - Parameter limit: at most that many letters, the first ones; nil: all.
    public static func plan(
        _ session: ConsumerSession, _ selection: LetterSelection, limit: Int?, progress: @escaping (String) -> Void
    ) throws(OperationError) -> PlannedChange {
        let store = LetterStore(session: session)
        var choice = try store.choose(selection)
        choice.limit(to: limit)
        let (parked, _) = try store.parkedCounts()
        var notes = choice.notes(for: "discarded")
        notes += LetterChoice.notes(parked: parked, free: 0)
        let open = choice.open
        return PlannedChange(
            action: "dlq.discard", object: "dead letters of \(session.name)",
            sentence: "Discard \(Quantity.count(open.count)) dead letter\(open.count == 1 ? "" : "s") of \(session.name)",
            destroys: !open.isEmpty, notes: notes,
            perform: { () throws(OperationError) in try perform(open, session, store, progress) })
    }

    private static func perform(
        _ places: [RecordPlace], _ session: ConsumerSession, _ store: LetterStore, _ progress: (String) -> Void
    ) throws(OperationError) -> PlannedChange.Result {
        try session.lockLetters()
        var fates = LetterFates()
        let discarded = try attempt("discarding") { () throws(PostgresError) in
            try session.connection.transaction { () throws(PostgresError) in
                try session.connection.execute(ConsumerLock(consumer: session.name).exclusive)
                return try session.connection.execute(
                    """
                    UPDATE consumer_dead_letters SET state = 'discarded', changed_at = now(), changed_by = current_user \
                    WHERE consumer_name = $1 AND state = 'open' AND (topic, partition_number, record_offset) IN \
                    (SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[]))
                    """,
                    [
                        .text(session.name), .texts(places.map(\.topic)), .integers(places.map { Int64($0.partition) }),
                        .integers(places.map(\.offset)),
                    ]
                ).affectedRows
            }
        }
        fates.addDiscarded(discarded)
        if try store.parkedCounts().free > 0 {
            let application = try PatientApplication(session, session.consumer())
            try ParkedRelease(session: session, store: store, application: application).releaseAll(&fates) {
                progress("\(Quantity.count($0.count)) events done")
            }
        }
        let isStopped = session.stop.isSet
        return PlannedChange.Result(
            fates.text(isStopped: isStopped), fates.members(isStopped: isStopped), isFailed: fates.isFailed || isStopped)
    }
}
