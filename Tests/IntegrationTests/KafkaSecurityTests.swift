import Drills
import Kafka
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// TLS and SASL towards the broker; once more with another librdkafka.
@Suite(.serialized, .needsServers)
struct KafkaSecurityTests {
    /// The first librdkafka that Kafka 4 understands in SCRAM: 2.6.1.
    private static let isSCRAMCapable = KafkaLibrary.version >= 0x0206_01FF
    private static let otherLibrary = Environment["OUTBOX_TEST_RDKAFKA"]

    @Test func `TLS with our authority's certificate`() throws {
        let cluster = try KafkaClusters.securedCluster()
        try deliver([
            ("kafka.bootstrap.servers", cluster.bootstrap("SSL")), ("kafka.security.protocol", "ssl"),
            ("kafka.ssl.ca.location", cluster.authority.certificatePath),
        ])
    }

    @Test func `TLS and SASL PLAIN, the password from a file`() throws {
        let cluster = try KafkaClusters.securedCluster()
        let file = try SecretFile(KafkaClusters.plainPassword + "\n")
        try deliver(
            sasl(cluster, "PLAIN") + [("kafka.sasl.password.file", file.path)], secret: KafkaClusters.plainPassword)
    }

    @Test func `A password on the command line is seen by nobody`() throws {
        let cluster = try KafkaClusters.securedCluster()
        try deliver(
            sasl(cluster, "PLAIN") + [("kafka.sasl.password", KafkaClusters.plainPassword), ("log.level", "debug")],
            secret: KafkaClusters.plainPassword)
    }

    @Test(
        .enabled(
            if: isSCRAMCapable || otherLibrary != nil, "needs librdkafka 2.6.1 or later: OUTBOX_TEST_RDKAFKA names its folder"),
        arguments: ["SCRAM-SHA-256", "SCRAM-SHA-512"])
    func `TLS and SCRAM`(mechanism: String) throws {
        let cluster = try KafkaClusters.securedCluster()
        var environment: [String: String] = [:]
        if !Self.isSCRAMCapable, let other = Self.otherLibrary { environment["LD_LIBRARY_PATH"] = other }
        try deliver(
            sasl(cluster, mechanism) + [("kafka.sasl.password", KafkaClusters.scramPassword)],
            secret: KafkaClusters.scramPassword,
            environment: environment)
    }

    @Test(.enabled(if: !isSCRAMCapable, "this librdkafka can do it"), arguments: ["SCRAM-SHA-256", "SCRAM-SHA-512"])
    func `SCRAM with a librdkafka that Kafka 4 refuses is refused at the start, with the ways out`(mechanism: String) throws {
        let cluster = try KafkaClusters.securedCluster()
        try Stage.perform(kafka: cluster.kafka) { stage in
            let relay = try stage.start(sasl(cluster, mechanism) + [("kafka.sasl.password", KafkaClusters.scramPassword)])
            #expect(relay.waitForEnd(seconds: 10)?.isSuccess == false)
            let text = relay.logText
            for word in [mechanism, KafkaLibrary.versionText, "2.6.1", "LD_LIBRARY_PATH", "PLAIN"] {
                #expect(text.contains(word), "\(text)")
            }
            #expect(!text.contains(KafkaClusters.scramPassword))
            #expect(try stage.number("SELECT count(*) FROM pg_replication_slots WHERE slot_name = '\(stage.name)'") == 0)
        }
    }

    @Test func `A wrong password: not ready, said without the password, and in flow again with the right one`() throws {
        let cluster = try KafkaClusters.securedCluster()
        let wrong = "wr0ng-s3cret"
        try Stage.perform(kafka: cluster.kafka) { stage in
            try stage.write([1])
            let relay = try stage.start(sasl(cluster, "PLAIN") + [("kafka.sasl.password", wrong)])
            let isSaid = Await.until(seconds: 15) { relay.logText.lowercased().contains("authentication") }
            #expect(isSaid, "\(relay.logTail())")
            #expect(!relay.isReady)
            try expectAbsent(wrong, relay)
            #expect(relay.lines().count { $0.description.lowercased().contains("authentication") } <= 6, "\(relay.logTail(30))")
            let started = MonotonicTime.now()
            #expect(try relay.terminate() == .exited(0))
            #expect(MonotonicTime.now() - started < 10_000_000_000)
            try stage.startReady(sasl(cluster, "PLAIN") + [("kafka.sasl.password", KafkaClusters.plainPassword)])
            #expect(try stage.numbers(1) == [1])
        }
    }

    @Test func `A broker whose certificate nobody we trust has signed`() throws {
        let cluster = try KafkaClusters.securedCluster()
        try Stage.perform(kafka: cluster.kafka) { stage in
            try stage.write([1])
            let relay = try stage.start([
                ("kafka.bootstrap.servers", cluster.bootstrap("SSL")), ("kafka.security.protocol", "ssl"),
            ])
            let isSaid = Await.until(seconds: 15) { relay.logText.contains("certificate") }
            #expect(isSaid, "\(relay.logTail())")
            #expect(!relay.isReady)
            let status = try relay.terminate()
            #expect(status == .exited(0), "\(relay.logTail(30))")
            #expect(try stage.allRecords().isEmpty)
        }
    }

    private func sasl(_ cluster: KafkaClusters.Secured, _ mechanism: String) -> [(key: String, value: String)] {
        [
            ("kafka.bootstrap.servers", cluster.bootstrap("SASL_SSL")), ("kafka.security.protocol", "sasl_ssl"),
            ("kafka.ssl.ca.location", cluster.authority.certificatePath), ("kafka.sasl.mechanisms", mechanism),
            ("kafka.sasl.username", KafkaClusters.user),
        ]
    }

    private func deliver(
        _ settings: [(key: String, value: String)], secret: String? = nil, environment: [String: String] = [:]
    ) throws {
        try Stage.perform(kafka: KafkaClusters.secured()) { stage in
            try stage.write([1])
            let relay = try stage.start(settings, environment: environment).waitUntilReady()
            try stage.write([2])
            #expect(try stage.numbers(2) == [1, 2])
            if let secret { try expectAbsent(secret, relay) }
            #expect(try relay.terminate() == .exited(0))
        }
    }

    private func expectAbsent(_ secret: String, _ relay: RelayUnderTest) throws {
        #expect(!relay.logText.contains(secret), "in the log")
        #expect(relay.fetch("/status")?.body.contains(secret) == false, "in /status")
        #expect(relay.fetch("/metrics")?.body.contains(secret) == false, "in /metrics")
        #expect(ProcessCommandLine.of(relay.pid)?.contains(secret) == false, "in ps")
        #expect(ProcessCommandLine.of(relay.pid)?.contains("slot.name") == true)
    }
}
