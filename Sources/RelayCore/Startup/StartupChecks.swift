import OutboxModel
import PostgresClient
public import PostgresReplication

/// Everything that would otherwise fail silently, as a list of findings. Pure; used by every start and by `doctor`.
public enum StartupChecks {
    /// - Parameter options: what the relay was told; `facts`: what the server says.
    public static func evaluate(_ facts: ServerFacts, options: RelayOptions) -> [Finding] {
        server(facts) + role(facts) + table(facts, options) + publication(facts, options) + bookkeeping(facts, options)
            + failover(facts, options) + warnings(facts)
    }

    /// Columns that an event is made of; the others may stay out of a publication's column list.
    private static let streamedRoles: [ColumnRole] = [
        .id, .aggregateType, .aggregateID, .eventType, .topic, .partitionKey, .payload, .headers, .createdAt, .version,
    ]

    // MARK: Server and role

    private static func server(_ facts: ServerFacts) -> [Finding] {
        var findings: [Finding] = []
        let supported = (14...18).contains(facts.majorVersion)
        findings.append(
            Finding(
                "server.version", facts.majorVersion < 14 ? .fail : supported ? .ok : .warn, object: "PostgreSQL",
                fact: "version \(facts.majorVersion)",
                remedy: supported ? "" : "versions 14 to 18 are tested"))
        let level = facts.settings["wal_level"] ?? "unknown"
        findings.append(
            Finding(
                "server.wal_level", level == "logical" ? .ok : .fail, object: "wal_level", fact: "it is \(level)",
                remedy: level == "logical" ? "" : "ALTER SYSTEM SET wal_level = 'logical', then restart the server"))
        if facts.isInRecovery {
            findings.append(
                Finding(
                    "server.standby", .fail, object: "server", fact: "it is a standby: bookkeeping cannot be written there",
                    remedy: "connect to the primary (several hosts in postgres.dsn find it)"))
        }
        findings.append(limit(facts, "max_replication_slots", used: facts.slotsInUse, needed: facts.slot == nil ? 1 : 0))
        findings.append(limit(facts, "max_wal_senders", used: facts.walSendersInUse, needed: 0))
        return findings
    }

    private static func limit(_ facts: ServerFacts, _ name: String, used: Int, needed: Int) -> Finding {
        let maximum = facts.settings[name].flatMap { Int($0) } ?? 0
        let isFull = used + needed > maximum
        return Finding(
            "server.\(name)", isFull ? .fail : .ok, object: name, fact: "\(used) of \(maximum) in use",
            remedy: isFull ? "ALTER SYSTEM SET \(name) = \(maximum + 5), then restart the server" : "")
    }

    private static func role(_ facts: ServerFacts) -> [Finding] {
        let mayReplicate = facts.role.canReplicate || facts.role.isSuperuser
        return [
            Finding(
                "role.replication", mayReplicate ? .ok : .fail, object: "role \(facts.role.name)",
                fact: mayReplicate ? "it may replicate" : "it lacks REPLICATION",
                remedy: mayReplicate ? "" : "ALTER ROLE \(quotedIdentifier(facts.role.name)) REPLICATION"),
            Finding(
                "connection.tls", facts.isTLS || facts.isLocal ? .ok : .warn, object: "connection",
                fact: facts.isTLS ? "it is encrypted" : facts.isLocal ? "it is local" : "it is not encrypted",
                remedy: facts.isTLS || facts.isLocal ? "" : "sslmode=verify-full and sslrootcert in postgres.dsn"),
        ]
    }

    // MARK: Table and publication

    private static func table(_ facts: ServerFacts, _ options: RelayOptions) -> [Finding] {
        let object = "table \(options.table)"
        guard let table = facts.table else {
            return [
                Finding(
                    "table.exists", .fail, object: object, fact: "it does not exist in the database \(facts.database)",
                    remedy: "outbox-relay migrate up, or set `table` to the table you have")
            ]
        }
        var findings: [Finding] = []
        guard table.isOrdinary else {
            return [
                Finding(
                    "table.kind", .fail, object: object, fact: "it is neither a table nor a partitioned table",
                    remedy: "set `table` to a table")
            ]
        }
        if table.isUnlogged {
            findings.append(
                Finding(
                    "table.unlogged", .fail, object: object, fact: "it is unlogged: its inserts are not in the WAL",
                    remedy: "ALTER TABLE \(options.table.quoted) SET LOGGED"))
        }
        do throws(ColumnMapError) {
            let map = try ColumnMap(columns: table.columns.map(\.name), names: options.columns)
            // A name that the user chose has to exist; an optional column of the preset may be absent.
            let absent = map.missing.filter { options.columns[$0] != ColumnNames.standard[$0] }.compactMap { options.columns[$0] }
            findings.append(
                Finding(
                    "table.columns", absent.isEmpty ? .ok : .fail, object: object,
                    fact: absent.isEmpty ? "it has every column that is needed" : "missing: \(absent.joined(separator: ", "))",
                    remedy: absent.isEmpty ? "" : "correct column.*; an empty value says that there is no such column"))
        } catch {
            findings.append(
                Finding(
                    "table.columns", .fail, object: object, fact: "\(error)",
                    remedy: "name the table's own columns by column.* (columns=debezium for Debezium's names), or migrate up"))
        }
        if options.afterPublish == .mark, table.column(options.columns[.status]) == nil {
            findings.append(
                Finding(
                    "table.status", .fail, object: object,
                    fact: "after.publish=mark needs a status column, and there is none"
                        + (options.columns[.status].map { " named \($0)" } ?? ""),
                    remedy: "set column.status, or after.publish=delete or keep"))
        }
        if !table.canSelect {
            findings.append(grant("SELECT", .fail, object, "the first snapshot and the checks read it", facts, options))
        }
        if options.afterPublish == .mark, !table.canUpdate {
            findings.append(grant("UPDATE", .fail, object, "after.publish=mark updates it", facts, options))
        }
        if options.afterPublish == .delete, !table.canDelete {
            findings.append(grant("DELETE", .fail, object, "after.publish=delete deletes from it", facts, options))
        }
        return findings
    }

    private static func grant(
        _ privilege: String, _ severity: Finding.Severity, _ object: String, _ why: String, _ facts: ServerFacts,
        _ options: RelayOptions
    ) -> Finding {
        Finding(
            "table.\(privilege.lowercased())", severity, object: object, fact: "\(facts.role.name) may not \(privilege): \(why)",
            remedy: "GRANT \(privilege) ON \(options.table.quoted) TO \(quotedIdentifier(facts.role.name))")
    }

    private static func publication(_ facts: ServerFacts, _ options: RelayOptions) -> [Finding] {
        let object = "publication \(options.publicationName)"
        guard let publication = facts.publication else {
            // At the very first start, and when the slot is made anew anyway, `run` makes it; over a slot that counts that would
            // be too late for what is in the WAL.
            let phase = facts.checkpoint?.phase
            let isFirstStart = phase == .snapshot || (facts.slot == nil && phase != .streaming)
            return [
                Finding(
                    "publication.exists", isFirstStart && facts.canCreatePublication ? .warn : .fail, object: object,
                    fact: "it does not exist"
                        + (facts.slot == nil ? "" : "; events since it was dropped are only in the table"),
                    remedy: isFirstStart
                        ? "run creates it at the first start; or, as the table's owner: outbox-relay publication create"
                        : "outbox-relay publication create, slot drop --yes, checkpoint reset --yes, then run")
            ]
        }
        let findings = publicationFindings(publication, table: facts.table, options: options)
        return facts.slot == nil ? findings : findings.map(repairingGap)
    }

    /// A publication that hides events from an existing slot hides them for good: the server decodes by the catalog of that time.
    /// So mending it is not enough, and the finding says what is.
    public static func repairingGap(_ finding: Finding) -> Finding {
        guard finding.severity == .fail, finding.check.hasPrefix("publication."), finding.check != "publication.exists" else {
            return finding
        }
        return Finding(
            finding.check, finding.severity, object: finding.object,
            fact: finding.fact + "; what it hid from the slot is only in the table, also after it is mended",
            remedy: finding.remedy + "; then outbox-relay slot drop --yes, checkpoint reset --yes, and run, which publishes it")
    }

    /// The findings about a publication that exists; also asked again while the relay runs, because no version says anything
    /// when a table leaves a publication.
    public static func publicationFindings(
        _ publication: Publication, table: ServerFacts.Table?, options: RelayOptions
    ) -> [Finding] {
        let object = "publication \(options.publicationName)"
        let name = quotedIdentifier(options.publicationName)
        var findings: [Finding] = []
        if !publication.publishesInserts {
            findings.append(
                Finding(
                    "publication.insert", .fail, object: object, fact: "it does not publish inserts",
                    remedy: "ALTER PUBLICATION \(name) SET (publish = 'insert')"))
        }
        if table?.isPartitioned == true, !publication.publishesViaRoot {
            findings.append(
                Finding(
                    "publication.via_root", .fail, object: object,
                    fact: "the table is partitioned and its rows are published under the partitions' names",
                    remedy: "ALTER PUBLICATION \(name) SET (publish_via_partition_root = true)"))
        } else if !publication.containsTable {
            findings.append(
                Finding(
                    "publication.table", .fail, object: object, fact: "it does not contain \(options.table)",
                    remedy: "ALTER PUBLICATION \(name) ADD TABLE \(options.table.quoted)"))
        }
        if let filter = publication.rowFilter {
            findings.append(
                Finding(
                    "publication.row_filter", .fail, object: object, fact: "a row filter hides events: WHERE \(filter)",
                    remedy: "ALTER PUBLICATION \(name) SET TABLE \(options.table.quoted)"))
        }
        if let published = publication.columns, let table {
            let hidden = streamedRoles.compactMap { options.columns[$0] }.filter {
                table.column($0) != nil && !published.contains($0)
            }
            if !hidden.isEmpty {
                findings.append(
                    Finding(
                        "publication.columns", .fail, object: object,
                        fact: "its column list hides \(hidden.joined(separator: ", "))",
                        remedy: "ALTER PUBLICATION \(name) SET TABLE \(options.table.quoted)"))
            }
        }
        if publication.publishesUpdates || publication.publishesDeletes {
            findings.append(
                Finding(
                    "publication.publish", .warn, object: object,
                    fact: "it publishes updates or deletes: they are ignored, cost bandwidth, and make the application's own "
                        + "statements fail on a table without a replica identity",
                    remedy: "ALTER PUBLICATION \(name) SET (publish = 'insert')"))
        }
        if findings.isEmpty {
            findings.append(
                Finding("publication.exists", .ok, object: object, fact: "it publishes every insert of \(options.table)"))
        }
        return findings
    }

    // MARK: Failover

    private static func failover(_ facts: ServerFacts, _ options: RelayOptions) -> [Finding] {
        guard options.slotFailover else { return [] }
        let object = "slot \(options.slotName)"
        if facts.majorVersion < 17 {
            return [
                Finding(
                    "slot.failover", .fail, object: object,
                    fact:
                        "slot.failover needs PostgreSQL 17, and this is \(facts.majorVersion): its standbys keep no copies of slots",
                    remedy: "slot.failover=false; after a failover: outbox-relay checkpoint reset --yes, then run")
            ]
        }
        guard let slot = facts.slot else { return [] }
        return [
            Finding(
                "slot.failover", slot.isFailover ? .ok : .warn, object: object,
                fact: slot.isFailover
                    ? "standbys may keep a copy of it" : "it was made without FAILOVER: no standby keeps a copy of it",
                remedy: slot.isFailover ? "" : "stop the relay, then outbox-relay slot failover on")
        ]
    }

    // MARK: Bookkeeping and warnings

    private static func bookkeeping(_ facts: ServerFacts, _ options: RelayOptions) -> [Finding] {
        let object = "table \(options.checkpointTable)"
        guard let table = facts.checkpointTable else {
            return [
                Finding(
                    "checkpoint.table", facts.canCreateCheckpointTable ? .warn : .fail, object: object, fact: "it does not exist",
                    remedy: facts.canCreateCheckpointTable
                        ? "run creates it; or: outbox-relay migrate up" : "as the schema's owner: outbox-relay migrate up")
            ]
        }
        let mayWrite = table.canSelect && table.canInsert && table.canUpdate
        return [
            Finding(
                "checkpoint.table", mayWrite ? .ok : .fail, object: object,
                fact: mayWrite ? "it is readable and writable" : "\(facts.role.name) may not read and write it",
                remedy: mayWrite
                    ? ""
                    : "GRANT SELECT, INSERT, UPDATE, DELETE ON \(options.checkpointTable.quoted) "
                        + "TO \(quotedIdentifier(facts.role.name))")
        ]
    }

    private static func warnings(_ facts: ServerFacts) -> [Finding] {
        var findings: [Finding] = []
        if let state = facts.syncState, state == "sync" || state == "quorum" {
            findings.append(
                Finding(
                    "server.synchronous_standby", .warn, object: "synchronous_standby_names",
                    fact: "this relay is a synchronous standby: every commit waits until its events are in Kafka",
                    remedy: "name the real standbys in synchronous_standby_names instead of '*'"))
        } else if let names = facts.settings["synchronous_standby_names"], names.contains("*") {
            findings.append(
                Finding(
                    "server.synchronous_standby", .warn, object: "synchronous_standby_names",
                    fact: "it is \(names): this relay may become a synchronous standby, and commits would wait for Kafka",
                    remedy: "name the real standbys instead of '*'"))
        }
        if let timeout = facts.settings["idle_replication_slot_timeout"], timeout != "0" {
            findings.append(
                Finding(
                    "server.idle_slot_timeout", .warn, object: "idle_replication_slot_timeout",
                    fact: "it is \(timeout): a relay that is down for longer loses its slot",
                    remedy: "set it longer than any maintenance, or 0"))
        }
        if let seconds = facts.oldestTransactionSeconds, seconds > 60, facts.slot == nil {
            findings.append(
                Finding(
                    "server.long_transaction", .warn, object: "open transactions",
                    fact: "the oldest is \(Int(seconds)) s old, and creating the slot waits for it",
                    remedy: "end it: SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start"))
        }
        return findings
    }
}
