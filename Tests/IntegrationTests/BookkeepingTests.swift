import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

@Suite(.serialized, .needsServers)
struct BookkeepingTests {
    @Test(arguments: Versions.oldestAndNewest)
    func `after.publish decides what becomes of a published row`(version: Int) throws {
        let outcomes: [(action: String, left: [String])] = [("mark", ["PUBLISHED=40"]), ("delete", []), ("keep", ["PENDING=40"])]
        for (action, left) in outcomes {
            try Stage.perform(version: version, settings: [("after.publish", action)]) { stage in
                try stage.write(1...20)
                let relay = try stage.startReady()
                try stage.write(21...40)
                try stage.records(40)
                #expect(try stage.allNumbersOnceSettled(relay) == Array(1...40))
                #expect(try stage.statuses() == left, "after.publish=\(action)")
                let times = try stage.number("SELECT count(*) FROM outbox_events WHERE published_at >= created_at")
                #expect(times == (action == "mark" ? 40 : 0))
            }
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `The roles of roles.sql are enough, and they are the least`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            try stage.execute(OutboxRoles.statements)
            try stage.execute("CREATE PUBLICATION \(stage.name) FOR TABLE outbox_events WITH (publish = 'insert')")
            try stage.write(1...10)
            let dsn = stage.server.dsn(user: "outbox_relay", database: stage.name)
            let relay = try stage.startReady([("postgres.dsn", dsn)])
            let application = try stage.session(user: "outbox_app")
            try stage.write(11...20, on: application)
            try stage.execute(
                "INSERT INTO outbox_events (aggregate_type, aggregate_id, event_type, topic, payload) VALUES ('T', '1', 'E', 'no topic', '1')"
            )
            try stage.wait(for: "20", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            try stage.wait(for: "1", of: "SELECT count(*) FROM outbox_events WHERE status = 'DEAD'")
            #expect(try stage.allNumbersOnceSettled(relay) == Array(1...20))
            #expect(throws: (any Error).self) { try application.execute("UPDATE outbox_events SET status = 'PENDING'") }
            #expect(throws: (any Error).self) { try application.execute("DELETE FROM outbox_events") }
        }
    }
}
