import Drills
import PostgresClient
import TestSupport
import Testing

/// The operator's commands against real servers: what they do, their exit codes, and their JSON.
@Suite(.serialized, .needsServers)
struct CommandTests {
    @Test(arguments: Versions.oldestAndNewest)
    func `migrate makes and removes the tables, each once`(version: Int) throws {
        try Stage.perform(version: version, hasTables: false) { stage in
            let before = try stage.command("migrate", "status", "--json")
            #expect(before.exitCode == 3 && before.json["up_to_date"] as? Bool == false, "\(before)")
            #expect(states(before).count >= 3 && Set(states(before)) == ["pending"])
            let dry = try stage.command("migrate", "up", "--dry-run", "--json")
            #expect(dry.exitCode == 0 && dry.json["done"] as? Bool == false, "\(dry)")
            #expect(try stage.scalar("SELECT to_regclass('outbox_events')") == nil)

            let up = try stage.command("migrate", "up", "--json")
            #expect(up.exitCode == 0 && up.json["done"] as? Bool == true, "\(up)")
            #expect(
                try stage.scalar(
                    "SELECT to_regclass('outbox_events') IS NOT NULL AND to_regclass('outbox_checkpoints') IS NOT NULL") == "t")
            let after = try stage.command("migrate", "status", "--json")
            #expect(after.exitCode == 0 && states(after) == states(before).map { _ in "applied" }, "\(after)")
            #expect(try stage.command("migrate", "up").exitCode == 0, "a second time there is nothing to do")

            try stage.write([1])
            #expect(try stage.command("migrate", "down", "--to", "0").exitCode == 2, "without a terminal it needs --yes")
            #expect(try stage.statuses() == ["PENDING=1"])
            let down = try stage.command("migrate", "down", "--to", "0", "--yes", "--json")
            #expect(down.exitCode == 0, "\(down)")
            #expect(try stage.scalar("SELECT to_regclass('outbox_events')") == nil)
            #expect(try stage.command("migrate", "up").exitCode == 0)
            // Changed since: named, and nothing is applied over it.
            try stage.execute("UPDATE outbox_migrations SET checksum = 'another' WHERE version = 1")
            let changed = try stage.command("migrate", "status", "--json")
            #expect(changed.exitCode == 3 && states(changed).first == "changed", "\(changed)")
            #expect(try stage.command("migrate", "up").exitCode == 1)
        }
    }

    private func states(_ run: CommandRun) -> [String] {
        (run.json["migrations"] as? [[String: Any]] ?? []).compactMap { $0["state"] as? String }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `publication and slot by command, and then the relay streams from them`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            #expect(try stage.command("publication", "show", "--json").exitCode == 3)
            #expect(try stage.command("slot", "create").exitCode != 0, "the publication comes first")
            #expect(try stage.command("publication", "create", "--dry-run").exitCode == 0)
            #expect(try stage.number("SELECT count(*) FROM pg_publication") == 0)
            #expect(try stage.command("publication", "create").exitCode == 0)
            let shown = try stage.command("publication", "show", "--json")
            #expect(
                shown.exitCode == 0 && shown.json["exists"] as? Bool == true && shown.json["contains_table"] as? Bool == true,
                "\(shown)")
            #expect(try stage.command("publication", "create").exitCode == 1, "it is there already")

            let created = try stage.command("slot", "create", "--wait", "20", "--json")
            #expect(created.exitCode == 0, "\(created)")
            try stage.write(1...3)
            let list = try stage.command("slot", "list", "--json")
            let ours = (list.json["slots"] as? [[String: Any]] ?? []).first { $0["name"] as? String == stage.name }
            #expect(
                list.exitCode == 0 && ours?["plugin"] as? String == "pgoutput" && ours?["active"] as? Bool == false, "\(list)")
            let peek = try stage.command("slot", "peek", "--limit", "2", "--json")
            let changes = peek.json["changes"] as? [[String: Any]] ?? []
            #expect(peek.exitCode == 0 && changes.count { $0["event_id"] is String } == 2, "\(peek)")
            #expect(!peek.output.contains("\"n\""), "no payload unless asked for")
            #expect(try stage.command("slot", "peek", "--payload", "--json").output.contains("\\\"n\\\": 3"))

            let relay = try stage.startReady()
            #expect(try stage.numbers(3) == [1, 2, 3])
            let inUse = try stage.command("slot", "drop", "--yes")
            #expect(inUse.exitCode == 1, "\(inUse)")
            try relay.terminate()
            #expect(try stage.command("slot", "drop").exitCode == 2)
            #expect(try stage.command("slot", "drop", "--dry-run").exitCode == 0)
            #expect(try stage.confirmed() != nil)
            #expect(try stage.command("slot", "drop", "--yes", "--json").exitCode == 0)
            #expect(try stage.confirmed() == nil)
            #expect(try stage.command("publication", "drop", "--yes").exitCode == 0)
            #expect(try stage.number("SELECT count(*) FROM pg_publication") == 0)
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A slot in the making is cancelled when open transactions do not end`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            #expect(try stage.command("publication", "create").exitCode == 0)
            let blocker = try stage.session()
            try blocker.execute("BEGIN")
            try stage.write([1], on: blocker)
            let run = try stage.command("slot", "create", "--wait", "2")
            #expect(run.exitCode == 1, "\(run)")
            #expect(try stage.confirmed() == nil, "no slot is left behind")
            try blocker.execute("COMMIT")
            #expect(try stage.command("slot", "create", "--wait", "20").exitCode == 0)
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `The gap after an advanced slot is accepted by checkpoint set, or repaired by checkpoint reset`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            try stage.startReady()
                .terminate()
            try stage.write(1...3)
            let dry = try stage.command("slot", "advance", "--to-current", "--dry-run", "--json")
            #expect(dry.exitCode == 0 && dry.json["done"] as? Bool == false, "\(dry)")
            #expect(try stage.command("slot", "advance", "--to-current", "--yes", "--json").exitCode == 0)
            let shown = try stage.command("checkpoint", "show", "--json")
            #expect(shown.exitCode == 3 && shown.json["startable"] as? Bool == false, "\(shown)")
            #expect(try stage.findingsOfStart() == ["slot.advanced"])
            let confirmed = try stage.confirmed()
            #expect(try stage.command("checkpoint", "set", "nonsense", "--yes").exitCode == 2)
            #expect(try stage.command("checkpoint", "set", "\(confirmed.map { "\($0)" } ?? "")", "--yes", "--json").exitCode == 0)
            #expect(try stage.command("checkpoint", "show", "--json").exitCode == 0)
            try stage.write([4])
            let relay = try stage.startReady()
            #expect(try stage.numbers(1) == [4], "the gap was accepted")
            try relay.terminate()

            // And the repair: what the table shows as unpublished comes.
            #expect(try stage.command("slot", "drop", "--yes").exitCode == 0)
            #expect(try stage.command("checkpoint", "reset", "--yes", "--json").exitCode == 0)
            #expect(try stage.checkpoint() == nil)
            try stage.startReady()
            #expect(try stage.numbers(4) == [4, 1, 2, 3])
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `status, lag and doctor tell the truth, with and without a relay`(version: Int) throws {
        try Stage.perform(version: version) { stage in
            let before = try stage.command("doctor", "--json")
            #expect([0, 3].contains(before.exitCode) && !findings(before).isEmpty, "\(before)")
            let relay = try stage.startReady()
            try stage.write(1...5)
            try stage.wait(for: "5", of: "SELECT count(*) FROM outbox_events WHERE status = 'PUBLISHED'")
            let listen = [("http.listen", "127.0.0.1:\(relay.httpPort)")]
            let status = try stage.command("status", "--json", settings: listen)
            #expect(
                status.exitCode == 0 && status.json["source"] as? String == "relay" && status.json["ready"] as? Bool == true,
                "\(status)")
            let screen = try stage.command("status", settings: listen)
            #expect(screen.exitCode == 0 && screen.output.contains(stage.name), "\(screen)")
            let lag = try stage.command("lag", "--json", settings: listen)
            #expect(
                lag.exitCode == 0 && lag.json["streaming"] as? Bool == true && lag.json["pending_rows"] as? Int == 0, "\(lag)")
            let healthy = try stage.command("doctor", "--json", settings: listen)
            #expect(
                healthy.exitCode == 0 && healthy.json["healthy"] as? Bool == true && healthy.json["fail"] as? Int == 0,
                "\(healthy)")

            try relay.terminate()
            try stage.write([6])
            let down = try stage.command("status", "--json", settings: listen)
            #expect(down.exitCode == 3 && down.json["source"] as? String == "database", "\(down)")
            let behind = try stage.command("lag", "--max-bytes", "1", "--json", settings: listen)
            #expect(behind.exitCode == 3 && behind.json["pending_rows"] as? Int == 1, "\(behind)")
            #expect(behind.json["streaming"] as? Bool == false && behind.json["within_limit"] as? Bool == false)
            try stage.execute("DROP PUBLICATION \(stage.name)")
            try stage.execute("SELECT pg_drop_replication_slot('\(stage.name)')")
            let ill = try stage.command("doctor", "--json", settings: listen)
            #expect(ill.exitCode == 3 && ill.json["healthy"] as? Bool == false, "\(ill)")
            let failed = findings(ill).filter { $0["severity"] as? String == "fail" }
            #expect(
                Set(failed.compactMap { $0["check"] as? String }).isSuperset(of: ["publication.exists", "slot.missing"]), "\(ill)"
            )
            for finding in failed { #expect((finding["remedy"] as? String)?.isEmpty == false, "\(finding)") }
        }
    }

    private func findings(_ run: CommandRun) -> [[String: Any]] { run.json["findings"] as? [[String: Any]] ?? [] }

    @Test func `Usage is exit code 2, an unreachable server exit code 1`() throws {
        try Stage.perform { stage in
            #expect(try stage.command("slto", "list").exitCode == 2)
            #expect(try stage.command("slot", "advance", "--yes").exitCode == 2)
            let unreachable = try stage.command(
                "slot", "list", settings: [("postgres.dsn", "host=127.0.0.1 port=1 dbname=x password=s3cret")])
            #expect(unreachable.exitCode == 1, "\(unreachable)")
            #expect(!unreachable.errors.contains("s3cret"))
            for word in ["run", "migrate", "slot", "publication", "checkpoint", "status", "lag", "doctor", "demo"] {
                let help = try stage.command(word, "--help")
                #expect(help.exitCode == 0 && help.output.contains("outbox-relay \(word)"), "\(help)")
            }
        }
    }
}
