import ConsumerKit
import Kafka
import PostgresClient
import RelayOperations
import ServiceRuntime

/// Applies events whose dead letter is out of the way, in their order, until the key is free or has a new dead letter. Live instances
/// go on parking behind the last of them meanwhile.
struct ParkedRelease {
    private static let batch = 200

    let session: ConsumerSession
    let store: LetterStore
    let application: PatientApplication

    /// All keys of the consumer that nothing holds, those as well that an interrupted command has left.
    func releaseAll(_ fates: inout LetterFates, _ progress: (LetterFates) -> Void) throws(OperationError) {
        while !session.stop.isSet {
            let keys = try store.freeKeys()
            guard !keys.isEmpty else { return }
            for key in keys where !session.stop.isSet { try release(topic: key.topic, key: key.key, &fates, progress) }
        }
    }

    func release(
        topic: String, key: String, _ fates: inout LetterFates, _ progress: (LetterFates) -> Void
    ) throws(OperationError) {
        while !session.stop.isSet {
            let events = try store.parked(topic: topic, key: key, limit: Self.batch)
            guard !events.isEmpty else { return }
            if try !releaseTogether(events, &fates) {
                for event in events {
                    guard try releaseAlone(event, &fates) else { return }
                }
            }
            progress(fates)
        }
    }

    /// All in one transaction; false when one of them is refused, and nothing was done.
    private func releaseTogether(_ events: [ParkedEvent], _ fates: inout LetterFates) throws(OperationError) -> Bool {
        guard events.count > 1 else { return false }
        let outcomes = try application.apply(events.map(\.record), EventApplication.Options()) {
            (transaction, outcomes) throws(EffectError) in
            for outcome in outcomes {
                // Those behind a refused one have to wait for it.
                if case .rejected(let reason) = outcome { throw EffectError(.badData, reason) }
            }
            try forget(events, transaction)
        }
        if case .failed? = outcomes.first { return false }
        for (event, outcome) in zip(events, outcomes) { add(event, outcome, &fates) }
        return true
    }

    /// Returns whether those behind it may go on.
    private func releaseAlone(_ event: ParkedEvent, _ fates: inout LetterFates) throws(OperationError) -> Bool {
        let outcome =
            try application.apply([event.record], EventApplication.Options(buries: true)) {
                (transaction, _) throws(EffectError) in
                try forget([event], transaction)
            }.first ?? .passedOver
        switch outcome {
        case .failed(let errorClass, let reason):
            let buried = try application.bury(event.record, errorClass, reason) { transaction throws(EffectError) in
                try forget([event], transaction)
            }
            if case .failed(_, let reason) = buried {
                throw OperationError("a parked event cannot be made a dead letter: \(reason)")
            }
            fates.add(RecordPlace(event.record), eventID: event.eventID, isParked: true, .refused(reason))
            return false
        case .rejected:
            add(event, outcome, &fates)
            return false
        case .applied, .duplicate, .passedOver:
            add(event, outcome, &fates)
            return true
        }
    }

    private func add(_ event: ParkedEvent, _ outcome: EventApplication.Outcome, _ fates: inout LetterFates) {
        guard let fate = LetterFates.Fate(outcome) else { return }
        fates.add(RecordPlace(event.record), eventID: event.eventID, isParked: true, fate)
    }

    private func forget(_ events: [ParkedEvent], _ transaction: EffectTransaction) throws(EffectError) {
        let gone = try transaction.execute(
            "DELETE FROM consumer_parked WHERE consumer_name = $1 AND \(RecordPlace.condition(from: 2))",
            [.text(session.name)] + RecordPlace.parameters(events.map { RecordPlace($0.record) }))
        guard gone.affectedRows == events.count else {
            throw EffectError(.transient, "another command released some of these events just now")
        }
    }
}
