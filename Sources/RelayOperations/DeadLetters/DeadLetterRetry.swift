import CommandLineKit
import Kafka
import OutboxModel
import PostgresClient
import RelayCore
import ServiceRuntime

/// `dlq retry`: publishes letters to where they were to go, and lets row and letter follow.
///
/// A letter whose row exists is encoded from the row, as it stands now: whoever corrected the row has the correction published.
public final class DeadLetterRetry {
    enum Fate: Equatable {
        case published(topic: String, isRebuilt: Bool)
        /// The row says that it was published already; the letter is closed without sending anything.
        case publishedBefore
        case refused(String)
    }

    /// What is left of a letter once it is done.
    private struct Subject {
        let position: DeadLetterPosition
        let eventID: String?

        init(_ letter: DeadLetter) {
            position = letter.position
            eventID = letter.eventID
        }
    }

    private struct Work {
        let letter: DeadLetter
        let message: EventMessage
        let isRebuilt: Bool
    }

    /// Letters sent and recorded together.
    private static let batch = 200
    /// Bytes of their payloads.
    private static let batchBytes = 8 << 20

    private let box: DeadLetterBox
    private let selection: DeadLetterSelection
    private let destination: String?
    private var fates: [(letter: Subject, fate: Fate)] = []

    /// - Parameter destination: a topic instead of the original one.
    public init(_ box: DeadLetterBox, _ selection: DeadLetterSelection, to destination: String?) {
        self.box = box
        self.selection = selection
        self.destination = destination
    }

    /// Finds the letters; what is to be done with them is done by the change.
    public func plan(progress: @escaping (String) -> Void) throws(OperationError) -> PlannedChange {
        let choice = try DeadLetterChoice.make(box, selection, progress: progress)
        let count = choice.open.count
        let letters = "\(Quantity.count(count)) letter\(count == 1 ? "" : "s")"
        return PlannedChange(
            action: "dlq.retry", object: "dead letters in \(box.topic)",
            sentence: "Publish \(letters) of \(box.topic) again to \(destination ?? "their original topics")",
            destroys: count > 0,
            notes: choice.notes(for: "published"),
            perform: { () throws(OperationError) in try self.perform(choice.open, progress) })
    }

    private func perform(_ positions: [DeadLetterChoice.Place], _ progress: (String) -> Void) throws(OperationError)
        -> PlannedChange.Result
    {
        guard !positions.isEmpty else { return PlannedChange.Result("there is nothing to retry", result(stopped: false)) }
        let states = box.states
        try states.lock()
        try states.prepare()
        let table = try OutboxTable(box.session)
        // Somebody may have dealt with some of them between the look and the lock.
        let known = try states.read()
        let wanted = positions.filter { known[$0.key] == nil }
        let sender = try EventSender(box.session.options, isGapless: false, stop: box.stop)
        var left = Set(wanted.map(\.key))
        var batch: [DeadLetter] = []
        var bytes = 0
        var chosen = DeadLetterSelection()
        chosen.positions = Set(wanted.map(\.key.position))
        guard !chosen.positions.isEmpty else {
            return PlannedChange.Result("somebody else dealt with all of them", result(stopped: false))
        }
        do throws(OperationError) {
            let bounds = try box.scan(chosen, keepsPayload: true, progress: { _ in }) { entry throws(OperationError) in
                guard left.remove(DeadLetterStates.Key(entry.letter)) != nil else { return }
                batch.append(entry.letter)
                bytes += entry.letter.payload?.count ?? 0
                if batch.count >= Self.batch || bytes >= Self.batchBytes {
                    try publish(batch, table, sender)
                    batch = []
                    bytes = 0
                    progress("\(Quantity.count(fates.count)) of \(Quantity.count(wanted.count)) letters retried")
                }
            }
            try publish(batch, table, sender)
            try states.prune(bounds.map { ($0.partition, $0.start) })
        } catch {
            // Ctrl-C: what was done so far is recorded, and told.
            guard box.stop.isSet else { throw error }
        }
        let sent = fates.count { if case .published = $0.fate { true } else { false } }
        let before = fates.count { $0.fate == .publishedBefore }
        let refused = fates.filter { if case .refused = $0.fate { true } else { false } }
        var text = "\(Quantity.count(sent)) published"
        if box.stop.isSet { text += ", then stopped" }
        if before > 0 { text += ", \(Quantity.count(before)) had been published before" }
        if !refused.isEmpty { text += ", \(Quantity.count(refused.count)) refused again and still dead:" }
        for (letter, fate) in refused.prefix(20) {
            guard case .refused(let reason) = fate else { continue }
            text += "\n  \(letter.position)  \(letter.eventID ?? "-")  \(TerminalText.printable(reason))"
        }
        let rebuilt = fates.count { if case .published(_, true) = $0.fate { true } else { false } }
        if rebuilt > 0 { text += "\n\(Quantity.count(rebuilt)) \(DeadLetterRebuild.note)" }
        return PlannedChange.Result(text, result(stopped: box.stop.isSet), isFailed: !refused.isEmpty || box.stop.isSet)
    }

    // MARK: One batch

    private func publish(_ letters: [DeadLetter], _ table: OutboxTable, _ sender: EventSender) throws(OperationError) {
        guard !letters.isEmpty else { return }
        var works: [Work] = []
        var closed: [DeadLetter] = []
        for letter in letters {
            switch try prepare(letter, table) {
            case .success(let work?):
                if let reason = sender.refusal(of: work.message) {
                    fates.append((Subject(letter), .refused(reason)))
                } else {
                    works.append(work)
                }
            case .success(nil):
                closed.append(letter)
                fates.append((Subject(letter), .publishedBefore))
            case .failure(let reason): fates.append((Subject(letter), .refused(reason.description)))
            }
        }
        let failures = try send(works, sender)
        var arrived: [Work] = []
        for (index, work) in works.enumerated() {
            if let reason = failures[index] {
                fates.append((Subject(work.letter), .refused(reason)))
            } else {
                arrived.append(work)
                fates.append((Subject(work.letter), .published(topic: work.message.topic, isRebuilt: work.isRebuilt)))
            }
        }
        try record(arrived.map(\.letter), closed: closed, table)
    }

    /// The message of a letter; nil when its row was published already.
    private func prepare(_ letter: DeadLetter, _ table: OutboxTable) throws(OperationError) -> Result<Work?, OperationError> {
        let options = box.session.options
        var isRebuilt = false
        var outcome: Result<EventMessage, Rejection>?
        if let id = letter.eventID, table.canBeID(id) {
            let status = table.column(.status) ?? "NULL"
            let row = try attempt("reading the letter's row") { () throws(PostgresError) in
                try box.session.connection.execute(
                    """
                    SELECT \(table.eventColumns), (\(status))::text AS "row status" FROM \(table.name.quoted) \
                    WHERE \(table.id) = $1::\(table.idType)
                    """, [.text(id)])
            }
            if row.rowCount > 0 {
                let now = options.afterPublish == .keep ? nil : row.text(0, row.columnCount - 1)
                if now == "PUBLISHED" { return .success(nil) }
                if let now, now != "DEAD" {
                    return .failure(OperationError("its row is \(now): the relay will publish it"))
                }
                outcome = try RowComposer(options).message(row)
            }
        }
        if outcome == nil {
            isRebuilt = true
            let fallback = options.routing.defaultTopic.map { options.routing.prefix + $0 }
            guard let topic = destination ?? letter.originalTopic ?? fallback else {
                return .failure(
                    OperationError("topic_missing: the letter names no original topic, and there is no default: --to"))
            }
            outcome = try DeadLetterRebuild.message(
                letter, to: topic, options: options, payloadType: table.typeOID(.payload) ?? 25)
        }
        switch outcome {
        case .success(var message):
            if let destination { message.topic = destination }
            message.mark(EventMarker.retriedFrom, "\(letter.position)")
            return .success(Work(letter: letter, message: message, isRebuilt: isRebuilt))
        case .failure(let rejection): return .failure(OperationError("\(rejection.code.rawValue): \(rejection.message)"))
        case nil: return .failure(OperationError("id_missing: the letter has no event id"))
        }
    }

    /// Sends all at once, and one by one what a broker refused: a refusal fails a whole batch of innocents. By index, why it failed.
    private func send(_ works: [Work], _ sender: EventSender) throws(OperationError) -> [Int: String] {
        var failures: [Int: String] = [:]
        func attempt(_ indexes: [Int]) throws(OperationError) -> [Int] {
            var refused: [Int] = []
            for index in indexes where try !sender.send(works[index].message, tag: UInt(index)) {
                failures[index] = "it was not sent"
            }
            for failure in sender.settle() {
                failures[Int(failure.tag)] = failure.reason
                if failure.isRefusal { refused.append(Int(failure.tag)) }
            }
            return refused
        }
        for index in try attempt(Array(works.indices)) where !box.stop.isSet {
            failures[index] = nil
            _ = try attempt([index])
        }
        return failures
    }

    private func record(_ published: [DeadLetter], closed: [DeadLetter], _ table: OutboxTable) throws(OperationError) {
        let options = box.session.options
        let connection = box.session.connection
        let statement = Self.rowStatement(table, options.afterPublish)
        try attempt("recording what was retried") { () throws(PostgresError) in
            try connection.transaction { () throws(PostgresError) in
                if let statement {
                    let ids = published.compactMap(\.eventID).filter { table.canBeID($0) }
                    if !ids.isEmpty { try connection.execute(statement, [.text(OutboxTable.array(ids))]) }
                }
                try box.states.write(published + closed, .retried)
            }
        }
    }

    /// What makes the rows follow, with one parameter, an array of ids; nil when rows are left alone.
    static func rowStatement(_ table: OutboxTable, _ afterPublish: AfterPublish) -> String? {
        guard let status = table.column(.status) else { return nil }
        let matches = " WHERE \(table.id) = ANY ($1::\(table.idType)[]) AND \(status) = 'DEAD'"
        switch afterPublish {
        case .keep: return nil
        case .delete: return "DELETE FROM \(table.name.quoted)" + matches
        case .mark:
            let time = table.column(.publishedAt).map { ", \($0) = now()" } ?? ""
            let error = table.column(.errorMessage).map { ", \($0) = NULL" } ?? ""
            return "UPDATE \(table.name.quoted) SET \(status) = 'PUBLISHED'\(time)\(error)" + matches
        }
    }

    private func result(stopped: Bool) -> [JSONValue.Member] {
        let letters = fates.map { letter, fate -> JSONValue in
            let (word, topic, reason, rebuilt): (String, String?, String?, Bool) =
                switch fate {
                case .published(let topic, let isRebuilt): ("published", topic, nil, isRebuilt)
                case .publishedBefore: ("published_before", nil, nil, false)
                case .refused(let reason): ("refused", nil, reason, false)
                }
            return [
                "letter": JSONValue("\(letter.position)"), "event_id": JSONValue(letter.eventID), "outcome": JSONValue(word),
                "topic": JSONValue(topic), "reason": JSONValue(reason), "rebuilt": JSONValue(rebuilt),
            ]
        }
        return [.init("stopped", JSONValue(stopped)), .init("letters", .array(letters))]
    }
}
