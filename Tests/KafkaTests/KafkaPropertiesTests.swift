import Kafka
import Telemetry
import Testing

@Suite struct `Kafka properties` {
    @Test func `order is kept, a key given again keeps its place and takes the last value`() {
        let properties = KafkaProperties([("b", "1"), ("a", "2"), ("b", "3")])
        #expect(properties.all.map(\.key) == ["b", "a"])
        #expect(properties["b"] == "3")
        #expect(properties.merging(["c": "4", "a": "5"]).all.map(\.value) == ["3", "5", "4"])
    }

    @Test func `only what reaches the cluster is shared between kinds of clients`() {
        let properties: KafkaProperties = [
            "bootstrap.servers": "h:1", "acks": "all", "security.protocol": "sasl_ssl", "sasl.password": "s",
            "ssl.ca.location": "f",
            "transactional.id": "t", "enable.idempotence": "true", "socket.timeout.ms": "1000", "linger.ms": "1",
            "enable.ssl.certificate.verification": "true", "client.id": "c",
        ]
        #expect(
            properties.connectionOnly.all.map(\.key) == [
                "bootstrap.servers", "security.protocol", "sasl.password", "ssl.ca.location", "socket.timeout.ms",
                "enable.ssl.certificate.verification", "client.id",
            ])
    }

    @Test(arguments: [
        ("sasl.password", true), ("ssl.key.password", true), ("ssl.key.pem", true), ("ssl.keystore.password", true),
        ("sasl.oauthbearer.config", true), ("sasl.oauthbearer.client.secret", true), ("ssl.key.location", false),
        ("ssl.keystore.location", false), ("bootstrap.servers", false), ("sasl.username", false), ("ssl.ca.pem", false),
        ("ssl.certificate.pem", false),
    ])
    func `secret keys are known`(key: String, isSecret: Bool) {
        #expect(KafkaProperties.isSecret(key) == isSecret)
    }

    private static let wrong: [(KafkaProperties, String)] = [
        (["no.such.key": "1"], "no.such.key"),
        (["linger.ms": "soon"], "linger.ms"),
        (["compression.type": "rar"], "compression.type"),
        (["queue.buffering.max.messages": "-5"], "queue.buffering.max.messages"),
    ]

    @Test(arguments: wrong)
    func `a wrong property is named`(properties: KafkaProperties, key: String) {
        let error = #expect(throws: KafkaError.self) { try ProducerConfiguration.validate(properties) }
        #expect(error?.message.contains(key) == true)
        #expect(error?.code == .localInvalidArgument)
    }

    @Test func `conflicts between properties show when a client is made`() throws {
        let properties: KafkaProperties = ["enable.idempotence": "true", "acks": "1"]
        try ProducerConfiguration.validate(properties)
        let error = #expect(throws: KafkaError.self) { try ProducerConfiguration.validate(properties, makingClient: true) }
        #expect(error?.message.contains("acks") == true)
    }

    @Test func `our defaults are valid together`() throws {
        try ProducerConfiguration.validate(.producerDefaults, makingClient: true)
    }

    @Test(arguments: [false, true])
    func `a secret never stands in an error`(makingClient: Bool) {
        let secret = "hunter2-sesame"
        let attempts: [KafkaProperties] = [
            ["sasl.password": secret, "sasl.mechanisms": "\(secret)-NO", "security.protocol": "sasl_plaintext"],
            ["security.protocol": "ssl", "ssl.key.pem": secret],
            ["security.protocol": "ssl", "ssl.key.password": secret, "ssl.key.location": "/nonexistent/\(secret)"],
            ["sasl.password": secret, "debug": secret],
        ]
        for properties in attempts {
            do {
                try ProducerConfiguration.validate(properties, makingClient: makingClient)
            } catch {
                #expect(!error.description.contains(secret))
            }
        }
    }
}
