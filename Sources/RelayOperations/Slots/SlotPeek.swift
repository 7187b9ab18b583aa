package import ByteCoding
import CommandLineKit
import OutboxModel
import PgOutput
import PostgresClient
import PostgresReplication
import RelayCore

/// `slot peek`: the next changes that the slot holds, decoded and left where they are.
public struct SlotPeek {
    /// One line of the listing.
    package struct Line: Equatable {
        package var lsn: LSN
        package var transaction: String
        /// begin, insert, commit, ... as pgoutput names its messages.
        package var kind: String
        package var table = ""
        package var eventID: String?
        package var eventType: String?
        package var topic: String?
        package var payload: String?
    }

    private let session: OperatorSession

    public init(_ session: OperatorSession) { self.session = session }

    /// - Parameters:
    ///   - limit: most events.
    ///   - showsPayload: payloads are personal data more often than not, so they have to be asked for.
    public func report(limit: Int, showsPayload: Bool) throws(OperationError) -> Report {
        let slot = try session.existingSlot()
        guard !slot.isLost else {
            throw OperationError("the server has invalidated the slot \(slot.name): nothing can be read from it any more")
        }
        try session.requireIdle(slot)
        let options = session.options
        guard try session.publication() != nil else {
            throw OperationError(
                "the publication \(options.publicationName) does not exist, and without it nothing can be decoded: "
                    + "outbox-relay publication create")
        }
        // An event alone in its transaction comes with three more messages.
        let changes = try attempt("reading the slot \(slot.name)") { () throws(PostgresError) in
            try SlotCatalog(session.connection).peek(slot.name, publications: [options.publicationName], limit: limit * 4)
        }
        var decoding = SlotPeekDecoding(columns: options.columns, showsPayload: showsPayload)
        var lines: [Line] = []
        var events = 0
        for change in changes {
            do throws(PgOutputError) {
                if let line = try decoding.line(change.message, lsn: change.lsn, transaction: change.xid) {
                    lines.append(line)
                    if line.kind == "insert" { events += 1 }
                }
            } catch { throw OperationError("the change at \(change.lsn) cannot be decoded: \(error)") }
            if events >= limit { break }
        }
        return Self.report(lines, slot: slot, showsPayload: showsPayload)
    }

    static func report(_ lines: [Line], slot: ReplicationSlot, showsPayload: Bool) -> Report {
        let head = ["LSN", "XID", "KIND", "TABLE", "EVENT ID", "EVENT TYPE", "TOPIC"]
        var table = Table(showsPayload ? head + ["PAYLOAD"] : head)
        for line in lines {
            table.append([
                "\(line.lsn)", line.transaction, line.kind, line.table, line.eventID ?? "", line.eventType ?? "",
                line.topic ?? "",
                line.payload.map { TerminalText.truncated($0, to: 200) } ?? "",
            ])
        }
        let changes = lines.map { line -> JSONValue in
            var members: [JSONValue.Member] = [
                .init("lsn", JSONValue("\(line.lsn)")), .init("xid", JSONValue(line.transaction)),
                .init("kind", JSONValue(line.kind)), .init("table", JSONValue(line.table.isEmpty ? nil : line.table)),
                .init("event_id", JSONValue(line.eventID)), .init("event_type", JSONValue(line.eventType)),
                .init("topic", JSONValue(line.topic)),
            ]
            if showsPayload { members.append(.init("payload", JSONValue(line.payload))) }
            return .object(members)
        }
        let empty = "The slot \(slot.name) holds nothing after \(slot.confirmedFlushLSN.map { "\($0)" } ?? "its position").\n"
        return Report(
            text: lines.isEmpty ? empty : table.render(),
            json: [
                "slot": JSONValue(slot.name), "confirmed_lsn": JSONValue(slot.confirmedFlushLSN.map { "\($0)" }),
                "changes": .array(changes),
            ])
    }
}
