import CommandLineKit
import PostgresClient

/// `dlq discard`: leaves letters out from now on. The records stay in their topic until its retention takes them, and the rows stay
/// DEAD; nothing is published.
public enum DeadLetterDiscard {
    public static func plan(
        _ box: DeadLetterBox, _ selection: DeadLetterSelection, progress: (String) -> Void
    ) throws(OperationError) -> PlannedChange {
        let choice = try DeadLetterChoice.make(box, selection, progress: progress)
        let count = choice.open.count
        return PlannedChange(
            action: "dlq.discard", object: "dead letters in \(box.topic)",
            sentence: "Discard \(Quantity.count(count)) letter\(count == 1 ? "" : "s") of \(box.topic)", destroys: count > 0,
            notes: choice.notes(for: "discarded"),
            perform: { () throws(OperationError) in
                let states = box.states
                try states.lock()
                try states.prepare()
                let known = try states.read()
                let letters = choice.open.filter { known[$0.key] == nil }.map {
                    DeadLetter(position: $0.key.position, timestamp: $0.key.timestamp, key: nil, payload: nil, headers: [])
                }
                try attempt("recording what was discarded") { () throws(PostgresError) in
                    try box.session.connection.transaction { () throws(PostgresError) in try states.write(letters, .discarded) }
                }
                return PlannedChange.Result(
                    "\(Quantity.count(letters.count)) discarded", [.init("discarded", JSONValue(letters.count))])
            })
    }
}
