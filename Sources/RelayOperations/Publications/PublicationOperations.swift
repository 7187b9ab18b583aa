import CommandLineKit
package import PostgresClient
package import PostgresReplication
package import RelayCore

/// `publication show|create|drop`.
public enum PublicationOperations {
    /// The publication as far as the outbox table is concerned, with what is wrong about it.
    public static func show(_ session: OperatorSession) throws(OperationError) -> Report {
        let options = session.options
        let table = try session.table()
        guard let publication = try session.publication() else {
            return Report(
                text: "The publication \(options.publicationName) does not exist: outbox-relay publication create\n",
                json: [
                    "publication": JSONValue(options.publicationName), "exists": false, "table": JSONValue(options.table.shown),
                    "findings": [],
                ], isRight: false)
        }
        let findings = StartupChecks.publicationFindings(publication, table: table, options: options)
        return report(publication, findings: findings, table: options.table)
    }

    package static func report(_ publication: Publication, findings: [Finding], table: QualifiedName) -> Report {
        let kinds = [
            (publication.publishesInserts, "insert"), (publication.publishesUpdates, "update"),
            (publication.publishesDeletes, "delete"), (publication.publishesTruncates, "truncate"),
        ].filter(\.0).map(\.1)
        var lines = Table(["", ""])
        lines.append(["publication", publication.name])
        lines.append(["table", table.shown + (publication.containsTable ? "" : " (not in it)")])
        lines.append(["publishes", kinds.joined(separator: ", ") + (publication.isForAllTables ? ", of all tables" : "")])
        lines.append(["via root", publication.publishesViaRoot ? "yes" : "no"])
        lines.append(["row filter", publication.rowFilter ?? "none"])
        lines.append(["columns", publication.columns?.joined(separator: ", ") ?? "all"])
        var text = lines.render()
        for finding in findings {
            text += "\n\(finding.severity.rawValue): \(finding.fact)\n"
            if !finding.remedy.isEmpty { text += "  remedy: \(finding.remedy)\n" }
        }
        let document: JSONValue = [
            "publication": JSONValue(publication.name), "exists": true, "table": JSONValue(table.shown),
            "contains_table": JSONValue(publication.containsTable), "publishes": .array(kinds.map { JSONValue($0) }),
            "all_tables": JSONValue(publication.isForAllTables), "via_root": JSONValue(publication.publishesViaRoot),
            "row_filter": JSONValue(publication.rowFilter),
            "columns": publication.columns.map { .array($0.map { JSONValue($0) }) } ?? .null,
            "findings": .array(findings.map(\.json)),
        ]
        return Report(text: text, json: document, isRight: !findings.contains { $0.severity == .fail })
    }

    public static func create(_ session: OperatorSession) throws(OperationError) -> PlannedChange {
        let options = session.options
        let name = options.publicationName
        if try session.publication() != nil {
            throw OperationError("the publication \(name) exists already: outbox-relay publication show")
        }
        guard try session.table() != nil else {
            throw OperationError("the table \(options.table.shown) does not exist: outbox-relay migrate up, or set `table`")
        }
        var notes: [String] = []
        if let slot = try session.slot() {
            notes.append(
                "the slot \(slot.name) is older than this publication: what is in it cannot be streamed through a publication "
                    + "that did not exist then. Begin anew: outbox-relay slot drop, checkpoint reset, then run")
        }
        return PlannedChange(
            action: "publication.create", object: "publication \(name)", sentence: "Create the publication \(name)", notes: notes,
            statements: [PublicationCatalog.createStatement(name, table: options.table)],
            perform: { () throws(OperationError) in
                do throws(PostgresError) {
                    try PublicationCatalog(session.connection).create(name, table: options.table)
                } catch {
                    let owner =
                        error.sqlState == .insufficientPrivilege
                        ? "; it takes the owner of the table with CREATE on the database" : ""
                    throw OperationError("creating the publication \(name): \(error)\(owner)")
                }
                return PlannedChange.Result(
                    "publication \(name) created: it publishes the inserts of \(options.table.shown)",
                    [.init("publication", JSONValue(name)), .init("table", JSONValue(options.table.shown))])
            })
    }

    public static func drop(_ session: OperatorSession) throws(OperationError) -> PlannedChange {
        let name = session.options.publicationName
        guard try session.publication() != nil else { throw OperationError("the publication \(name) does not exist") }
        var notes: [String] = []
        if let slot = try session.slot() {
            if let streamer = try session.streamer(of: slot) { notes.append("\(streamer) streams through it and will stop") }
            notes.append(
                "the slot \(slot.name) stays, and cannot be streamed any more: what is committed from now on is only in the table, "
                    + "also when a publication of this name is made again")
        }
        return PlannedChange(
            action: "publication.drop", object: "publication \(name)", sentence: "Drop the publication \(name)", destroys: true,
            notes: notes, statements: ["DROP PUBLICATION \(quotedIdentifier(name))"],
            perform: { () throws(OperationError) in
                try attempt("dropping the publication \(name)") { () throws(PostgresError) in
                    try PublicationCatalog(session.connection).drop(name)
                }
                return PlannedChange.Result("publication \(name) dropped", [.init("publication", JSONValue(name))])
            })
    }
}
