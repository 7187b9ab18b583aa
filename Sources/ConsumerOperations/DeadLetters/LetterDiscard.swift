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
        let (parked, free) = try store.parkedCounts()
        // What becomes free has to be applied: a consumer that cannot do that is found out before a letter is gone.
        if parked > 0 { _ = try session.consumer() }
        var notes = choice.notes(for: "discarded")
        notes += LetterChoice.notes(parked: parked, free: free)
        let open = choice.open
        return PlannedChange(
            action: "dlq.discard", object: "dead letters of \(session.name)",
            sentence: "Discard \(Quantity.count(open.count)) dead letter\(open.count == 1 ? "" : "s") of \(session.name)",
            destroys: !open.isEmpty || free > 0, notes: notes,
            perform: { () throws(OperationError) in try perform(open, session, store, progress) })
    }

    private static func perform(
        _ places: [RecordPlace], _ session: ConsumerSession, _ store: LetterStore, _ progress: (String) -> Void
    ) throws(OperationError) -> PlannedChange.Result {
        try session.lockLetters()
        var application: PatientApplication?
        if try store.parkedCounts().all > 0 { application = try PatientApplication(session, session.consumer()) }
        var fates = LetterFates()
        let discarded = try attempt("discarding") { () throws(PostgresError) in
            try session.connection.transaction { () throws(PostgresError) in
                try session.connection.execute(ConsumerLock(consumer: session.name).exclusive)
                return try session.connection.execute(
                    """
                    UPDATE consumer_dead_letters SET state = 'discarded', changed_at = now(), changed_by = current_user \
                    WHERE consumer_name = $1 AND state = 'open' AND \(RecordPlace.condition(from: 2))
                    """, [.text(session.name)] + RecordPlace.parameters(places)
                ).affectedRows
            }
        }
        fates.addDiscarded(discarded)
        // The letters are gone: from here on a trouble is told together with what was done.
        var trouble: OperationError?
        do throws(OperationError) {
            if try store.parkedCounts().free > 0 {
                // Without one nothing was parked yet when it was looked at.
                if application == nil { application = try PatientApplication(session, session.consumer()) }
                guard let application else { return fates.result(isStopped: session.stop.isSet, trouble: nil) }
                try ParkedRelease(session: session, store: store, application: application).releaseAll(&fates) {
                    progress("\(Quantity.count($0.count)) events done")
                }
            }
        } catch { trouble = error }
        return fates.result(isStopped: session.stop.isSet, trouble: trouble)
    }
}
