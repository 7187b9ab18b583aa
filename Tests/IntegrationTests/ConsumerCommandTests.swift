import Drills
import Foundation
import ServiceRuntime
import TestSupport
import Testing

/// What an operator does with `outbox-consumer`, beside its running instances.
@Suite(.needsServers) struct ConsumerCommandTests {
    private static let stock = "SELECT stock FROM products WHERE id = 1"
    private static let letters = "SELECT state FROM consumer_dead_letters"

    /// A shop with three pieces, where two orders of one key came: ten pieces, then one, which waits.
    private func withShortage(_ body: (ShopStage) throws -> Void) throws {
        try Stage.perform { stage in
            let shop = try ShopStage(stage, topics: ["order.events", "stock.events"], settings: [("parking", "wait")])
            try stage.execute("INSERT INTO products (id, name, price, stock) VALUES (1, 'p', 10, 3)")
            try shop.start("stock")
            do {
                try shop.order(1, qty: 10, key: "a")
                try shop.order(2, key: "a")
                try shop.order(3, key: "b")
                try stage.wait(for: "open", of: Self.letters)
                try stage.wait(for: "1", of: "SELECT count(*) FROM consumer_parked")
                try stage.wait(for: "2", of: Self.stock)
                try body(shop)
            } catch {
                Issue.record("log of the consumer:\n\(shop.log)")
                throw error
            }
            #expect(shop.stop() == .exited(0))
        }
    }

    private func result(_ run: CommandRun) -> [String: Any] { run.json["result"] as? [String: Any] ?? [:] }

    private func counts(_ run: CommandRun, _ name: String) -> [String: Int] { result(run)[name] as? [String: Int] ?? [:] }

    @Test
    func `a shortage is retried after goods came: applied once, with what waited for it, and the inbox does not swallow it`()
        throws
    {
        try withShortage { shop in
            let stage = shop.stage
            let place = "\(shop.prefix)order.events/0:0"
            let list = try shop.command("dlq", "list", "--consumer", "stock", "--json")
            #expect(list.exitCode == 0, "\(list)")
            let letter = try #require((list.json["letters"] as? [[String: Any]])?.first)
            #expect(letter["letter"] as? String == place)
            #expect(letter["parked"] as? Int == 1)
            #expect(letter["class"] as? String == "rejected")
            let show = try shop.command("dlq", "show", "--consumer", "stock", EnvelopeWriter.id(1))
            #expect(show.output.contains("\"qty\":10") && show.output.contains("event_type=ORDER_PAID"), "\(show)")

            // Nothing has come yet.
            let early = try shop.command("dlq", "retry", "--consumer", "stock", place, "--yes", "--json")
            #expect(early.exitCode == 1, "\(early)")
            #expect(counts(early, "letters") == ["refused": 1])
            #expect(try stage.scalar("SELECT state || attempts FROM consumer_dead_letters") == "open2")

            try shop.restock(20, event: 100)
            try stage.wait(for: "22", of: Self.stock)
            #expect(try shop.command("dlq", "retry", "--consumer", "stock", "--all").exitCode == 2)
            let dry = try shop.command("dlq", "retry", "--consumer", "stock", "--reason", "insufficient", "--dry-run")
            #expect(dry.exitCode == 0 && dry.output.contains("Apply 1 dead letter of stock"), "\(dry)")
            let none = try shop.command("dlq", "retry", "--consumer", "stock", "--class", "bad_data", "--yes")
            #expect(none.exitCode == 0 && none.output.contains("nothing was done"), "\(none)")
            #expect(try stage.scalar(Self.stock) == "22")

            let retry = try shop.command(
                "dlq", "retry", "--consumer", "stock", "--event", EnvelopeWriter.id(1), "--yes", "--json")
            #expect(retry.exitCode == 0, "\(retry)")
            #expect(counts(retry, "letters") == ["applied": 1])
            #expect(counts(retry, "parked") == ["applied": 1])
            #expect(try stage.scalar(Self.stock) == "11")
            #expect(try stage.scalar(Self.letters) == "retried")
            #expect(try stage.number("SELECT count(*) FROM consumer_parked") == 0)
            #expect(
                try stage.scalar(
                    "SELECT string_agg(order_id || ':' || delta, ' ' ORDER BY seq) FROM stock_history WHERE order_id < 3")
                    == "1:-10 2:-1")

            // Neither a second retry, nor the topic's repetitions, nor a replay apply it again; the key is free.
            let twice = try shop.command("dlq", "retry", "--consumer", "stock", place, "--yes")
            #expect(twice.exitCode == 0 && twice.errors.contains("retried before"), "\(twice)")
            try shop.order(1, qty: 10, key: "a")
            try shop.order(4, key: "a")
            try stage.wait(for: "10", of: Self.stock)
            let replay = try shop.command("replay", "--consumer", "stock", "--from-time", "1h", "--json")
            #expect(replay.exitCode == 0, "\(replay)")
            #expect(result(replay)["applied"] as? Int == 0)
            #expect(try stage.scalar(Self.stock) == "10")
        }
    }

    @Test func `a discarded letter has no effect ever, and what waited for it goes on`() throws {
        try withShortage { shop in
            let stage = shop.stage
            let discard = try shop.command("dlq", "discard", "--consumer", "stock", "--all", "--yes", "--json")
            #expect(discard.exitCode == 0, "\(discard)")
            #expect(counts(discard, "letters") == ["discarded": 1])
            #expect(counts(discard, "parked") == ["applied": 1])
            #expect(try stage.scalar(Self.stock) == "1")
            #expect(try stage.scalar(Self.letters) == "discarded")
            try shop.restock(20, event: 100)
            try stage.wait(for: "21", of: Self.stock)
            for again in [[], ["--again", "--yes"]] {
                let words = ["replay", "--consumer", "stock", "--from-offset", "\(shop.prefix)order.events/0:0"] + again
                let replay = try shop.command(words: words)
                #expect(replay.exitCode == 0, "\(replay)")
                #expect(try stage.scalar(Self.stock) == "21", "\(replay)")
            }
            let list = try shop.command("dlq", "list", "--consumer", "stock", "--json")
            #expect(list.json["count"] as? Int == 0)
            let all = try shop.command("dlq", "list", "--consumer", "stock", "--all-states")
            #expect(all.output.contains("discarded"), "\(all)")
        }
    }

    @Test(arguments: ["discard", "retry"])
    func `what was done stays told when the parked events cannot be applied, and the same command does the rest`(verb: String)
        throws
    {
        try withShortage { shop in
            let stage = shop.stage
            try stage.execute(
                """
                UPDATE products SET stock = 100;
                CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.order_id = 2 THEN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END IF; RETURN NEW; END $$;
                CREATE TRIGGER conflict BEFORE INSERT ON stock_history FOR EACH ROW EXECUTE FUNCTION conflict()
                """)
            let words = ["dlq", verb, "--consumer", "stock", "--all", "--yes", "--json"]
            let first = try shop.command(words: words)
            #expect(first.exitCode == 1, "\(first)")
            #expect(counts(first, "letters") == [verb == "retry" ? "applied" : "discarded": 1], "\(first)")
            #expect((result(first)["trouble"] as? String)?.contains("conflict") == true, "\(first)")
            #expect(try stage.scalar(Self.letters) == (verb == "retry" ? "retried" : "discarded"))
            #expect(try stage.number("SELECT count(*) FROM consumer_parked") == 1)

            try stage.execute("DROP TRIGGER conflict ON stock_history")
            // What was parked is applied by it: that is not done without being asked for.
            #expect(try shop.command("dlq", verb, "--consumer", "stock", "--all").exitCode == 2)
            let second = try shop.command(words: words)
            #expect(second.exitCode == 0 && counts(second, "parked") == ["applied": 1], "\(second)")
            #expect(result(second)["trouble"] is NSNull)
            #expect(try stage.scalar(Self.stock) == (verb == "retry" ? "89" : "99"))
        }
    }

    @Test func `dlq list without a name shows the letters of all consumers, also of one that is not known here`() throws {
        try Stage.perform { stage in
            let shop = try ShopStage(stage, topics: [])
            let none = try shop.command("dlq", "list")
            #expect(none.exitCode == 0 && none.output == "no open dead letters\n", "\(none)")
            for (name, count) in [("stock", 3), ("analytics", 1), ("long-gone", 2)] {
                try stage.execute(
                    """
                    INSERT INTO consumer_dead_letters (consumer_name, topic, partition_number, record_offset, headers, error_class, \
                    reason, attempts, first_failed_at, failed_at, dlq_topic) \
                    SELECT '\(name)', 'order.events', 0, n, '[]', 'rejected', 'of \(name)', 1, now(), now(), 'order.events.dlq' \
                    FROM generate_series(1, \(count)) n
                    """)
            }
            let list = try shop.command("dlq", "list")
            #expect(list.exitCode == 0, "\(list)")
            for name in ["analytics", "long-gone", "stock"] { #expect(list.output.contains("of \(name)\n"), "\(list)") }
            #expect(list.output.contains("3 open dead letters of stock: rejected 3"), "\(list)")
            let json = try shop.command("dlq", "list", "--json", "--limit", "2")
            #expect(json.json["count"] as? Int == 6, "\(json)")
            let consumers = json.json["consumers"] as? [[String: Any]] ?? []
            #expect(consumers.compactMap { $0["consumer"] as? String } == ["analytics", "long-gone", "stock"])
            #expect(consumers.compactMap { ($0["letters"] as? [Any])?.count } == [1, 1, 0])
            #expect(consumers.compactMap { $0["count"] as? Int } == [1, 2, 3])
            #expect(try shop.command("dlq", "retry", "--all", "--yes").exitCode == 2)
        }
    }

    @Test func `a consumer that cannot run discards no letter that something waits for, and any other`() throws {
        try Stage.perform { stage in
            let shop = try ShopStage(stage, topics: [])
            try stage.execute(
                """
                INSERT INTO consumer_dead_letters (consumer_name, topic, partition_number, record_offset, record_key, headers, \
                error_class, reason, attempts, first_failed_at, failed_at, dlq_topic) \
                VALUES ('data-platform', 'data.platform', 0, 1, 'a', '[]', 'rejected', 'r', 1, now(), now(), 'data.platform.dlq');
                INSERT INTO consumer_parked (consumer_name, topic, partition_number, record_offset, event_id, record_key, headers) \
                VALUES ('data-platform', 'data.platform', 0, 2, '\(EnvelopeWriter.id(2))', 'a', '[]')
                """)
            let words = ["dlq", "discard", "--consumer", "data-platform", "--all", "--yes"]
            let refused = try shop.command(words: words)
            #expect(refused.exitCode == 1 && refused.errors.contains("data.platform.url is not set"), "\(refused)")
            #expect(try stage.scalar(Self.letters) == "open")
            try stage.execute("DELETE FROM consumer_parked")
            let done = try shop.command(words: words)
            #expect(done.exitCode == 0, "\(done)")
            #expect(try stage.scalar(Self.letters) == "discarded")
        }
    }

    @Test func `a parked event that is refused becomes a dead letter, and those behind it wait for it`() throws {
        try withShortage { shop in
            let stage = shop.stage
            try shop.order(5, qty: 50, key: "a")
            try shop.order(6, key: "a")
            try stage.wait(for: "3", of: "SELECT count(*) FROM consumer_parked")
            let discard = try shop.command("dlq", "discard", "--consumer", "stock", "\(shop.prefix)order.events/0:0", "--yes")
            #expect(discard.exitCode == 1, "\(discard)")
            #expect(try stage.scalar(Self.stock) == "1")
            #expect(
                try stage.scalar("SELECT event_id FROM consumer_dead_letters WHERE state = 'open'") == EnvelopeWriter.id(5))
            #expect(try stage.scalar("SELECT event_id FROM consumer_parked") == EnvelopeWriter.id(6))
            // It is in the topic of dead letters as any other.
            #expect(try stage.records(2, in: "\(shop.prefix)order.events.dlq").count == 2)
            try stage.execute("UPDATE products SET stock = 100")
            let retry = try shop.command("dlq", "retry", "--consumer", "stock", "--all", "--yes")
            #expect(retry.exitCode == 0, "\(retry)")
            #expect(try stage.scalar(Self.stock) == "49")
        }
    }

    @Test func `what fails for an unknown reason stays dead with that reason, and a retry goes on where another was interrupted`()
        throws
    {
        try withShortage { shop in
            let stage = shop.stage
            func breakOrders(_ orders: String) throws {
                try stage.execute(
                    """
                    CREATE OR REPLACE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF NEW.order_id IN (\(orders)) THEN RAISE EXCEPTION 'boom'; END IF; RETURN NEW; END $$
                    """)
            }
            try stage.execute("UPDATE products SET stock = 100")
            try breakOrders("1")
            try stage.execute("CREATE TRIGGER boom BEFORE INSERT ON stock_history FOR EACH ROW EXECUTE FUNCTION boom()")
            try shop.order(4, key: "a")
            try stage.wait(for: "2", of: "SELECT count(*) FROM consumer_parked")
            let first = try shop.command("dlq", "retry", "--consumer", "stock", "--all", "--yes")
            #expect(first.exitCode == 1, "\(first)")
            #expect(try stage.scalar("SELECT state || ' ' || error_class FROM consumer_dead_letters") == "open unknown")
            #expect(try stage.scalar("SELECT reason FROM consumer_dead_letters")?.contains("boom") == true)
            #expect(try stage.scalar(Self.stock) == "100")

            // The letter goes, the first that waits fails in its turn, the second waits for that.
            try breakOrders("2")
            let second = try shop.command("dlq", "retry", "--consumer", "stock", "--all", "--yes", "--json")
            #expect(second.exitCode == 1, "\(second)")
            #expect(counts(second, "letters") == ["applied": 1] && counts(second, "parked") == ["refused": 1], "\(second)")
            #expect(try stage.scalar("SELECT event_id FROM consumer_parked") == EnvelopeWriter.id(4))
            #expect(try stage.scalar(Self.stock) == "90")

            // As a command leaves it that was killed behind its letter.
            try breakOrders("0")
            try stage.execute("UPDATE consumer_dead_letters SET state = 'discarded' WHERE state = 'open'")
            let list = try shop.command("dlq", "list", "--consumer", "stock", "--json")
            #expect(list.json["parked_free"] as? Int == 1, "\(list)")
            let third = try shop.command("dlq", "retry", "--consumer", "stock", "--all", "--yes", "--json")
            #expect(third.exitCode == 0 && counts(third, "parked") == ["applied": 1], "\(third)")
            #expect(try stage.scalar(Self.stock) == "89")
        }
    }

    @Test func `replay applies what was missed, nothing twice, and only what it is told`() throws {
        try Stage.perform { stage in
            let shop = try ShopStage(stage, topics: ["order.events", "stock.events"])
            let topic = "\(shop.prefix)order.events"
            try stage.execute("INSERT INTO products (id, name, price, stock) VALUES (1, 'p', 10, 1000)")
            for number in 1...20 { try shop.order(number, flushes: false) }
            try shop.flush("order.events")
            func replay(_ words: String...) throws -> [String: Int] {
                let run = try shop.command(words: ["replay", "--consumer", "stock", "--json"] + words)
                #expect(run.exitCode == 0, "\(run)")
                return result(run).compactMapValues { $0 as? Int }
            }
            // No instance has run yet.
            let part = try replay("--from-offset", "\(topic)/0:5", "--until-offset", "\(topic)/0:10")
            #expect(part["applied"] == 5)
            #expect(try stage.scalar(Self.stock) == "995")
            let rest = try replay("--from-time", "1h")
            #expect(rest["applied"] == 15 && rest["duplicate"] == 5)
            let nothing = try replay("--from-time", "1h", "--until", "30m")
            #expect(nothing["applied"] == 0 && nothing["duplicate"] == 0)
            try shop.start("stock")
            try stage.wait(for: "20", of: "SELECT next_offset FROM consumer_positions WHERE topic LIKE '%order.events'")
            #expect(try stage.scalar(Self.stock) == "980")
            // The stock's own history makes a repetition harmless.
            let again = try replay("--from-time", "1h", "--again", "--yes")
            #expect(again["applied"] == 20)
            #expect(try stage.scalar(Self.stock) == "980")
            #expect(shop.stop() == .exited(0))

            try shop.put("no event", key: "k", in: "order.events")
            let bad = try shop.command("replay", "--consumer", "stock", "--from-time", "1h")
            #expect(bad.exitCode == 1, "\(bad)")
            #expect(bad.output.contains("0 applied, 20 duplicate, 1 rejected") && bad.output.contains("\(topic)/0:20"), "\(bad)")
            #expect(try shop.command("replay", "--consumer", "stock").exitCode == 2)
            #expect(try shop.command("replay", "--consumer", "stock", "--from-offset", "nonsense").exitCode == 2)
            let other = try shop.command("replay", "--consumer", "stock", "--from-offset", "else/0:1")
            #expect(other.exitCode == 1 && other.errors.contains("does not read else"), "\(other)")
            let refused = try shop.command("replay", "--consumer", "analytics", "--from-time", "1h", "--again", "--yes")
            #expect(refused.exitCode == 1 && refused.errors.contains("not repeatable"), "\(refused)")
        }
    }

    @Test func `rebuild while events go on ends with exact totals`() throws {
        try Stage.perform { stage in
            let shop = try ShopStage(stage, topics: ["order.events"], settings: [("batch.size", "50")])
            let totals = """
                SELECT sum(total_orders) || ' ' || sum(total_revenue) || ' ' || sum(unique_customers) || ' ' || \
                (SELECT sum(purchase_count) FROM product_daily_stats) FROM daily_sales
                """
            try shop.start("analytics")
            do {
                for number in 1...400 { try shop.order(number, user: number % 7, qty: 2, flushes: false) }
                try shop.put(
                    #"{"event_id":"\#(EnvelopeWriter.id(9_999))","occurred_at":"\#(EnvelopeWriter.now())","event_type":"ORDER_PAID","#
                        + #""aggregate_type":"ORDER","aggregate_id":"9","payload":{},"version":1}"#, key: "9", in: "order.events")
                try stage.wait(for: "400 8000 7 800", of: totals)
                try stage.wait(for: "open", of: Self.letters)
                // Somebody spoiled the figures.
                try stage.execute("UPDATE daily_sales SET total_orders = total_orders + 17; DELETE FROM product_daily_stats")

                let (topic, bootstrap) = ("\(shop.prefix)order.events", stage.bootstrap)
                let thread = try OwnedThread.start(name: "writer") {
                    guard let writer = try? EnvelopeWriter(topic, bootstrap: bootstrap), let stop = try? StopSignal() else {
                        return
                    }
                    // New ones, and then repetitions of what was there before.
                    for number in Array(401...800) + Array(1...50) {
                        try? ShopStage.order(number, user: number % 7, qty: 2, by: writer)
                        if number % 10 == 0 { _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 30) }
                    }
                    try? writer.flush()
                }
                let rebuild = try shop.command("rebuild", "analytics", "--yes", "--json")
                thread.join()
                #expect(rebuild.exitCode == 0, "\(rebuild)")
                #expect(result(rebuild)["epoch"] as? Int == 2)
                #expect(result(rebuild)["applied"] as? Int ?? 0 > 0)
                try stage.wait(for: "800 16000 7 1600", of: totals)
                try stage.wait(for: "851", of: "SELECT next_offset FROM consumer_positions")
                #expect(try stage.scalar(totals) == "800 16000 7 1600")

                // What is done is done; and once more from nothing.
                let rest = try shop.command("rebuild", "analytics", "--continue", "--json")
                #expect(result(rest)["applied"] as? Int == 0, "\(rest)")
                let second = try shop.command("rebuild", "analytics", "--yes", "--json")
                #expect(result(second)["applied"] as? Int == 800, "\(second)")
                #expect(try stage.scalar(totals) == "800 16000 7 1600")
                #expect(try stage.scalar(Self.letters) == "open")
                let refused = try shop.command("rebuild", "stock", "--yes")
                #expect(refused.exitCode == 1 && refused.errors.contains("nothing to rebuild"), "\(refused)")
                #expect(try shop.command("rebuild", "analytics").exitCode == 2)
            } catch {
                Issue.record("log of the consumer:\n\(shop.log)")
                throw error
            }
            #expect(shop.stop() == .exited(0))
        }
    }

    @Test func `rebuild applies neither an open letter, which a retry applies once, nor a discarded one`() throws {
        try Stage.perform { stage in
            let shop = try ShopStage(stage, topics: ["order.events"])
            let orders = "SELECT sum(total_orders) FROM daily_sales"
            try stage.execute(
                """
                CREATE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.user_id > 50 THEN RAISE EXCEPTION 'boom'; END IF; RETURN NEW; END $$;
                CREATE TRIGGER boom BEFORE INSERT ON daily_customers FOR EACH ROW EXECUTE FUNCTION boom()
                """)
            for number in 1...10 { try shop.order(number, user: number, flushes: false) }
            for number in 11...12 { try shop.order(number, user: 90 + number, flushes: false) }
            try shop.flush("order.events")
            try shop.start("analytics")
            try stage.wait(for: "10", of: orders)
            try stage.wait(for: "2", of: "SELECT count(*) FROM consumer_dead_letters")
            try stage.execute("DROP TRIGGER boom ON daily_customers")
            let discard = try shop.command("dlq", "discard", "--consumer", "analytics", "--event", EnvelopeWriter.id(12), "--yes")
            #expect(discard.exitCode == 0, "\(discard)")
            let rebuild = try shop.command("rebuild", "analytics", "--yes", "--json")
            #expect(result(rebuild)["applied"] as? Int == 10, "\(rebuild)")
            #expect(result(rebuild)["duplicate"] as? Int == 2, "\(rebuild)")
            #expect(try stage.scalar(orders) == "10")
            let retry = try shop.command("dlq", "retry", "--consumer", "analytics", "--all", "--yes", "--json")
            #expect(retry.exitCode == 0 && counts(retry, "letters") == ["applied": 1], "\(retry)")
            #expect(try stage.scalar(orders) == "11")
            // Retried is applied: it comes back as any other.
            #expect(try shop.command("rebuild", "analytics", "--yes").exitCode == 0)
            #expect(try stage.scalar(orders) == "11")
            #expect(shop.stop() == .exited(0))
        }
    }
}
