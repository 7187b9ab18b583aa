import OutboxModel
import PostgresReplication
import RelayCore

/// What a server says on which everything is in order.
enum ServerFactsSample {
    static func table(_ columns: [String] = ColumnRole.allCases.map(\.rawValue)) -> ServerFacts.Table {
        var table = ServerFacts.Table()
        table.columns = columns.map { ServerFacts.Table.Column(name: $0, type: "text", typeOID: 25, isNotNull: false) }
        return table
    }

    static func healthy(version: Int = 16) -> ServerFacts {
        var facts = ServerFacts()
        facts.version = version * 10_000 + 3
        facts.database = "shop"
        facts.role = ServerFacts.Role(name: "outbox_relay", isSuperuser: false, canReplicate: true)
        facts.isTLS = true
        facts.settings = [
            "wal_level": "logical", "max_replication_slots": "10", "max_wal_senders": "10", "wal_sender_timeout": "60000",
            "synchronous_standby_names": "", "synchronous_commit": "on",
        ]
        if version >= 18 { facts.settings["idle_replication_slot_timeout"] = "0" }
        facts.walSendersInUse = 1
        facts.slotsInUse = 1
        facts.identity = ReplicationSlotSample.identity
        facts.table = table()
        facts.publication = Publication(name: "outbox_relay")
        facts.slot = ReplicationSlotSample.usable
        facts.checkpointTable = table(["slot_name", "phase", "system_id", "timeline", "end_lsn", "events", "updated_at"])
        return facts
    }
}
