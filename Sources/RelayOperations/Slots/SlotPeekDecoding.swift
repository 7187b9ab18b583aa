package import ByteCoding
package import OutboxModel
package import PgOutput

/// Turns pgoutput messages into lines, keeping the relations that the rows belong to. Pure.
package struct SlotPeekDecoding {
    private let decoder = PgOutputDecoder()
    private var catalog = RelationCatalog()
    private let columns: ColumnNames
    private let showsPayload: Bool

    package init(columns: ColumnNames, showsPayload: Bool) {
        self.columns = columns
        self.showsPayload = showsPayload
    }

    /// nil for a message that only describes what follows.
    package mutating func line(_ message: [UInt8], lsn: LSN, transaction: String) throws(PgOutputError) -> SlotPeek.Line? {
        var line = SlotPeek.Line(lsn: lsn, transaction: transaction, kind: "")
        switch try decoder.decode(message.span.bytes) {
        case .relation(let relation):
            _ = catalog.update(relation)
            return nil
        case .type, .origin: return nil
        case .begin: line.kind = "begin"
        case .commit: line.kind = "commit"
        case .insert(let insert): fill(&line, "insert", insert.relationID, insert.tuple, message)
        case .update(let update): fill(&line, "update", update.relationID, update.new, message)
        case .delete(let delete):
            line.kind = "delete"
            line.table = name(delete.relationID)
        case .truncate(let truncate):
            line.kind = "truncate"
            line.table = truncate.relationIDs.map(name).joined(separator: ", ")
        case .message(let content):
            line.kind = "message"
            line.eventType = content.prefix
        case .streamStart, .streamStop, .streamCommit, .streamAbort, .beginPrepare, .prepare, .commitPrepared, .rollbackPrepared,
            .streamPrepare:
            line.kind = "unexpected"
        }
        return line
    }

    private func name(_ relation: UInt32) -> String {
        catalog[relation].map { "\($0.namespace).\($0.name)" } ?? "oid \(relation)"
    }

    private func fill(_ line: inout SlotPeek.Line, _ kind: String, _ relation: UInt32, _ tuple: TupleData, _ message: [UInt8]) {
        line.kind = kind
        line.table = name(relation)
        guard let description = catalog[relation] else { return }
        func value(_ role: ColumnRole) -> String? {
            guard let wanted = columns[role], let index = description.columns.firstIndex(where: { $0.name == wanted }),
                index < tuple.count, tuple[index].kind == .text
            else { return nil }
            let field = tuple[index]
            return String(decoding: message[field.start..<(field.start + field.count)], as: UTF8.self)
        }
        line.eventID = value(.id)
        line.eventType = value(.eventType)
        line.topic = value(.topic)
        if showsPayload { line.payload = value(.payload) }
    }
}
