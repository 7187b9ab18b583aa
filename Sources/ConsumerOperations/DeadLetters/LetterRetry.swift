import ConsumerKit
import Kafka
import PostgresClient
public import RelayOperations
import ServiceRuntime

/// `dlq retry`: applies dead letters through their consumer, each in a transaction that closes the letter as well, and then what was
/// parked behind them. The inbox knows a letter since its burial, and is not asked.
public final class LetterRetry {
    private let session: ConsumerSession
    private let selection: LetterSelection
    private let limit: Int?
    private let store: LetterStore
    private var fates = LetterFates()

    /// - Parameter limit: at most that many letters, the first ones; nil: all.
    public init(_ session: ConsumerSession, _ selection: LetterSelection, limit: Int?) {
        self.session = session
        self.selection = selection
        self.limit = limit
        store = LetterStore(session: session)
    }

    public func plan(progress: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        let consumer = try session.consumer()
        var choice = try store.choose(selection)
        choice.limit(to: limit)
        let (parked, free) = try store.parkedCounts()
        var notes = choice.notes(for: "retried")
        notes += LetterChoice.notes(parked: parked, free: free)
        let open = choice.open
        return PlannedChange(
            action: "dlq.retry", object: "dead letters of \(session.name)",
            sentence: "Apply \(Quantity.count(open.count)) dead letter\(open.count == 1 ? "" : "s") of \(session.name)",
            destroys: !open.isEmpty || free > 0, notes: notes,
            perform: { () throws(OperationError) in try self.perform(open, consumer, progress) })
    }

    private func perform(
        _ places: [RecordPlace], _ consumer: ConfiguredConsumer, _ progress: @escaping (String) -> Void
    ) throws(OperationError) -> PlannedChange.Result {
        try session.lockLetters()
        let application = try PatientApplication(session, consumer)
        var trouble: OperationError?
        do throws(OperationError) { try retry(places, consumer, application, progress) } catch {
            // What was applied before stays applied, and is told.
            guard fates.count > 0 else { throw error }
            trouble = error
        }
        return fates.result(isStopped: session.stop.isSet, trouble: trouble)
    }

    private func retry(
        _ places: [RecordPlace], _ consumer: ConfiguredConsumer, _ application: PatientApplication,
        _ progress: @escaping (String) -> Void
    ) throws(OperationError) {
        let release = ParkedRelease(session: session, store: store, application: application)
        let show = { (fates: LetterFates) in progress("\(Quantity.count(fates.count)) events done") }
        for place in places where !session.stop.isSet {
            guard let letter = try store.letter(place), letter.isOpen else {
                fates.add(place, eventID: nil, isParked: false, .gone)
                continue
            }
            if session.parking(consumer) != .ignore {
                // What an interrupted command has left before this one.
                if let key = letter.key { try release.release(topic: place.topic, key: key, &fates, show) }
                if let earlier = try store.firstBefore(letter) {
                    fates.add(place, eventID: letter.eventID, isParked: false, .held(by: earlier))
                    continue
                }
            }
            let fate = try retry(letter, application)
            fates.add(place, eventID: letter.eventID, isParked: false, fate)
            if fate.isDone, let key = letter.key { try release.release(topic: place.topic, key: key, &fates, show) }
            show(fates)
        }
        try release.releaseAll(&fates, show)
    }

    private func retry(_ letter: StoredLetter, _ application: PatientApplication) throws(OperationError) -> LetterFates.Fate {
        var isGone = false
        let outcome =
            try application.apply([letter.record], EventApplication.Options(ignoresClaims: true)) {
                (transaction, outcomes) throws(EffectError) in
                let statement: String
                switch outcomes.first {
                case .applied?, .duplicate?: statement = "state = 'retried', changed_at = now(), changed_by = current_user"
                case .passedOver?, .failed?, nil: return
                case .rejected(let reason)?:
                    try transaction.execute(Self.refusal, self.parameters(letter) + [.text(reason.withoutNUL), .null])
                    return
                }
                let changed = try transaction.execute(
                    "UPDATE consumer_dead_letters SET \(statement) \(Self.place)", self.parameters(letter))
                // Not twice, when two commands are at the same letter.
                guard changed.affectedRows == 1 else {
                    isGone = true
                    throw EffectError(.badData, "the letter is not open any more")
                }
            }.first ?? .passedOver
        if isGone { return .gone }
        guard case .failed(let errorClass, let reason) = outcome else { return LetterFates.Fate(outcome) ?? .passedOver }
        let kind: DeadLetterCause.Kind = errorClass == .badData ? .badData : .unknown
        try attempt("noting why the letter failed again") { () throws(PostgresError) in
            try session.connection.execute(
                Self.refusal, self.parameters(letter) + [.text(reason.withoutNUL), .text(kind.rawValue)])
        }
        return .refused(reason)
    }

    private static let place =
        "WHERE consumer_name = $1 AND topic = $2 AND partition_number = $3::int AND record_offset = $4::bigint AND state = 'open'"

    private static let refusal =
        """
        UPDATE consumer_dead_letters SET reason = $5, error_class = COALESCE($6, error_class), attempts = attempts + 1, \
        failed_at = now() \(place)
        """

    private func parameters(_ letter: StoredLetter) -> [QueryParameter] {
        [
            .text(session.name), .text(letter.record.topic), .integer(letter.record.partition), .integer(letter.record.offset),
        ]
    }
}
