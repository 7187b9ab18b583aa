import Drills
import Kafka
import LocalServers
import PostgresClient
import Telemetry
import TestSupport
import Testing

/// `topics plan|create` against real brokers.
@Suite(.serialized, .needsServers)
struct TopicCommandTests {
    private func topics(_ run: CommandRun) -> [String: [String: Any]] {
        let list = run.json["topics"] as? [[String: Any]] ?? []
        return Dictionary(list.compactMap { topic in (topic["topic"] as? String).map { ($0, topic) } }, uniquingKeysWith: { $1 })
    }

    private func state(_ run: CommandRun, _ topic: String) -> String? { topics(run)[topic]?["state"] as? String }

    @Test func `what is missing is created as wanted, and nothing else is touched`() throws {
        try Stage.perform(hasTables: false) { stage in
            let prefix = "\(stage.name)."
            let settings = [("topic.prefix", prefix), ("topic.default", "default.events"), ("dead.letter.topic", "\(prefix)dlt")]
            let plan = try stage.command("topics", "plan", "--json", settings: settings)
            #expect(plan.exitCode == 0, "\(plan)")
            #expect(topics(plan).count == 19 && plan.json["missing"] as? Int == 19, "\(plan)")
            let dry = try stage.command("topics", "create", "--dry-run", settings: settings)
            #expect(dry.exitCode == 0 && dry.output.contains("create \(prefix)order.events partitions=6"), "\(dry)")
            #expect(try stage.command("topics", "plan", "--json", settings: settings).json["missing"] as? Int == 19)

            let admin = try Admin(properties: ["bootstrap.servers": stage.bootstrap], logger: .disabled)
            // One that somebody made otherwise, with a setting of its own.
            try stage.createTopic(
                "\(prefix)order.events", partitions: 2, settings: ["retention.ms": "1000000", "segment.ms": "777777"])
            let created = try stage.command(
                "topics", "create", "--json", "--retention", "\(prefix)payment.events=36h", settings: settings)
            #expect(created.exitCode == 3, "one differs and is left as it is: \(created)")
            #expect((created.json["result"] as? [String: Any])?["created"] is [String], "\(created)")
            #expect(try admin.metadata(topic: "\(prefix)order.events", timeoutMilliseconds: 5_000).partitions.count == 2)
            #expect(try admin.topicSettings("\(prefix)order.events", timeoutMilliseconds: 5_000)["retention.ms"] == "1000000")
            #expect(try admin.topicSettings("\(prefix)payment.events", timeoutMilliseconds: 5_000)["retention.ms"] == "129600000")
            #expect(
                try admin.topicSettings("\(prefix)coupon.issue.dlq", timeoutMilliseconds: 5_000)["retention.ms"] == "2592000000")
            #expect(try admin.metadata(topic: "\(prefix)dlt", timeoutMilliseconds: 5_000).partitions.count == 1)

            let after = try stage.command("topics", "plan", "--json", settings: settings)
            #expect(after.exitCode == 3, "\(after)")
            #expect(state(after, "\(prefix)order.events") == "different", "\(after)")
            #expect(state(after, "\(prefix)payment.events") == "different", "36h was asked for, 7d is ours")
            #expect(state(after, "\(prefix)stock.events") == "same")
            #expect(try stage.command("topics", "plan", settings: settings).output.contains("wanted 6"))

            // Changing is asked for, and keeps what else was set.
            let only = ["--only", "\(prefix)order.events"]
            let refused = try stage.command("topics", "create", "--alter", only[0], only[1], settings: settings)
            #expect(refused.exitCode == 2, "without a terminal it needs --yes: \(refused)")
            let altered = try stage.command("topics", "create", "--alter", "--yes", only[0], only[1], settings: settings)
            #expect(altered.exitCode == 0 && altered.errors.contains("more partitions move keys"), "\(altered)")
            try stage.wait(until: "order.events is altered") {
                try admin.metadata(topic: "\(prefix)order.events", timeoutMilliseconds: 5_000).partitions.count == 6
                    && admin.topicSettings("\(prefix)order.events", timeoutMilliseconds: 5_000)["retention.ms"] == "604800000"
            }
            #expect(try admin.topicOverrides("\(prefix)order.events", timeoutMilliseconds: 5_000)["segment.ms"] == "777777")
            let one = try stage.command("topics", "plan", "--json", only[0], only[1], settings: settings)
            #expect(one.exitCode == 0 && state(one, "\(prefix)order.events") == "same" && topics(one).count == 1, "\(one)")
            #expect(try stage.command("topics", "create", only[0], only[1], settings: settings).exitCode == 0)
        }
    }

    @Test func `nonsense is exit code 2, more replicas than brokers exit code 1`() throws {
        try Stage.perform(hasTables: false) { stage in
            #expect(try stage.command("topics", "plan", "--partitions", "order.events").exitCode == 2)
            #expect(try stage.command("topics", "plan", "--retention", "unknown=7d").exitCode == 2)
            #expect(try stage.command("topics", "plan", "--only", "unknown").exitCode == 2)
            #expect(try stage.command("topics", "plan", "--replication-factor", "0").exitCode == 2)
            let run = try stage.command("topics", "plan", "--replication-factor", "7")
            #expect(run.exitCode == 1 && run.errors.contains("has 1"), "\(run)")
            let away = try stage.command("topics", "plan", settings: [("kafka.bootstrap.servers", "127.0.0.1:1")])
            #expect(away.exitCode == 1, "\(away)")
            for command in ["plan", "create"] {
                let help = try stage.command("topics", command, "--help")
                #expect(help.exitCode == 0 && help.output.contains("outbox-relay topics \(command)"), "\(help)")
            }
        }
    }

    @Test func `with three brokers a topic gets three replicas, of which two have to hold an event`() throws {
        try Stage.perform(kafka: TestServers.kafka(brokers: 3), hasTables: false) { stage in
            let settings = [("topic.prefix", "\(stage.name).")]
            let topic = "\(stage.name).order.events"
            let run = try stage.command("topics", "create", "--only", topic, settings: settings)
            #expect(run.exitCode == 0, "\(run)")
            let plan = try stage.command("topics", "plan", "--only", topic, "--json", settings: settings)
            #expect(plan.exitCode == 0 && state(plan, topic) == "same", "\(plan)")
            #expect(topics(plan)[topic]?["replication_factor"] as? Int == 3, "\(plan)")
            let admin = try Admin(properties: ["bootstrap.servers": stage.bootstrap], logger: .disabled)
            let found = try admin.metadata(topic: topic, timeoutMilliseconds: 5_000)
            #expect(found.partitions.count == 6 && found.partitions.allSatisfy { $0.replicas.count == 3 })
            #expect(try admin.topicSettings(topic, timeoutMilliseconds: 5_000)["min.insync.replicas"] == "2")
            let two = try stage.command("topics", "plan", "--only", topic, "--replication-factor", "2", settings: settings)
            #expect(two.exitCode == 3 && two.output.contains("replication.factor is 3, wanted 2"), "\(two)")
        }
    }

    @Test func `a client without rights is told what it lacks`() throws {
        let home = try #require(TestServers.kafkaHome)
        var options = KafkaOptions()
        options.createsTopics = false
        options.securedProtocols = ["SASL_PLAINTEXT"]
        options.properties = [
            "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config":
                "org.apache.kafka.common.security.plain.PlainLoginModule required user_mallory=\"secret\";",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            // The brokers and the test's own client come without a name.
            "super.users": "User:ANONYMOUS",
        ]
        let kafka = try TemporaryKafka(home: home, options: options)
        try Stage.perform(kafka: kafka, hasTables: false) { stage in
            try stage.createTopic("order.events", partitions: 6)
            let mallory = [
                ("kafka.bootstrap.servers", kafka.bootstrap(of: "SASL_PLAINTEXT")), ("kafka.security.protocol", "sasl_plaintext"),
                ("kafka.sasl.mechanisms", "PLAIN"), ("kafka.sasl.username", "mallory"), ("kafka.sasl.password", "secret"),
            ]
            let run = try stage.command("topics", "create", "--only", "payment.events", settings: mallory)
            #expect(run.exitCode == 1 && run.errors.contains("needs CREATE"), "\(run)")
            let hidden = try stage.command("topics", "create", "--only", "order.events", settings: mallory)
            #expect(hidden.exitCode == 1, "\(hidden)")
            #expect(!hidden.errors.contains("secret"))
        }
    }
}
