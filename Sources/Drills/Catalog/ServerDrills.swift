import Glibc
import LocalServers
import PostgresClient

/// What administrators do to servers and roles.
enum ServerDrills {
    static func revoked(_ ground: DrillGround) throws -> DrillOutcome {
        let server = try ground.server()
        let stage = try DrillStage("revoked", server: server, ground: ground)
        let session = try stage.session()
        let role = quotedIdentifier(stage.name)
        try session.execute("CREATE ROLE \(role) LOGIN REPLICATION")
        try session.execute("GRANT SELECT, UPDATE ON outbox_events TO \(role)")
        try session.execute("GRANT SELECT, INSERT, UPDATE ON outbox_checkpoints TO \(role)")
        try session.execute("CREATE PUBLICATION \(role) FOR TABLE outbox_events WITH (publish = 'insert')")
        stage.setup["postgres.dsn"] = server.dsn(user: stage.name, database: stage.name)
        let relay = try stage.startRelay().waitUntilReady()
        try stage.workload.start()
        stage.tail.resetGap()
        try stage.waitFor(moreEvents: 800)
        try session.execute("ALTER ROLE \(role) NOREPLICATION")
        try stage.endStream(session)
        try stage.waitFor("polling", of: relay)
        try stage.waitFor(moreEvents: 1_500)
        try session.execute("ALTER ROLE \(role) REPLICATION")
        try stage.waitFor("streaming", of: relay)
        try stage.waitFor(moreEvents: 800)
        return try stage.finish(duplicateLimit: 0, note: "polled meanwhile")
    }

    static func level(_ ground: DrillGround) throws -> DrillOutcome {
        let server = try ground.server()
        let stage = try DrillStage("level", server: server, ground: ground)
        let relay = try stage.startRelay().waitUntilReady()
        try stage.workload.start()
        stage.tail.resetGap()
        try stage.waitFor(moreEvents: 800)
        // A server with a logical slot does not start with less than logical: the slot has to go first.
        relay.signal(SIGSTOP)
        do {
            let session = try stage.session()
            try stage.endStream(session)
            try session.execute("SELECT pg_drop_replication_slot($1)", [.text(stage.setup.name)])
            try session.execute("ALTER SYSTEM SET wal_level = 'replica'")
        }
        try server.stop(.fast)
        try server.start()
        relay.signal(SIGCONT)
        try stage.waitFor("polling", of: relay)
        try stage.waitFor(moreEvents: 1_500)
        try stage.session().execute("ALTER SYSTEM SET wal_level = 'logical'")
        try server.stop(.fast)
        try server.start()
        try stage.waitFor("streaming", of: relay)
        try stage.waitFor(moreEvents: 800)
        return try stage.finish(duplicateLimit: 0, note: "writers reconnected \(stage.workload.reconnects) times")
    }
}
