import Configuration
import Testing

struct KafkaPropertyTests {
    @Test func `our defaults come first, the user's values over them`() throws {
        let settings = try load(
            "kafka.linger.ms=20\nkafka.bootstrap.servers=a:1,b:2\nkafka.compression.codec=zstd\nkafka.batch.size=9")
        let properties = settings.kafkaProperties.map { "\($0.0)=\($0.1)" }
        #expect(
            properties == [
                "client.id=outbox-relay", "enable.idempotence=true", "acks=all", "message.timeout.ms=0", "compression.codec=zstd",
                "partitioner=murmur2_random", "linger.ms=20", "socket.nagle.disable=true", "socket.keepalive.enable=true",
                "topic.metadata.propagation.max.ms=5000", "batch.size=9", "bootstrap.servers=a:1,b:2",
            ])
        #expect(throws: Never.self) { try settings.requireKafka() }
    }

    @Test(arguments: ["", "kafka.bootstrap.servers=", "kafka.bootstrap.servers=,"])
    func `the brokers are needed only by what talks to them`(text: String) throws {
        let settings = try load(text)
        let error = #expect(throws: ConfigurationError.self) { try settings.requireKafka() }
        #expect(error?.description == "kafka.bootstrap.servers: is not set (allowed: host:port, several separated by commas)")
        #expect(throws: Never.self) { try load("kafka.metadata.broker.list=h:1").requireKafka() }
    }

    @Test(arguments: [
        ("enable.idempotence=false", "without it a retry breaks the order and repeats events (allowed: true)"),
        ("acks=1", "an event would count as published that one broker alone holds and can lose (allowed: all, -1)"),
        (
            "request.required.acks=0",
            "an event would count as published that one broker alone holds and can lose (allowed: all, -1)"
        ),
        ("message.timeout.ms=300000", "events would be given up after that time, with a gap in the order (allowed: 0)"),
        ("delivery.timeout.ms=1", "events would be given up after that time, with a gap in the order (allowed: 0)"),
        (
            "transactional.id=x",
            "transactions belong to delivery=exactly-once, which does not exist in this version (allowed: unset)"
        ),
        ("queue.buffering.max.messages=5", "the relay bounds the queue itself (allowed: in.flight.events and in.flight.bytes)"),
        ("queue.buffering.max.kbytes=5", "the relay bounds the queue itself (allowed: in.flight.events and in.flight.bytes)"),
        ("queue.buffering.max.ms=5", "has two names (allowed: kafka.linger.ms)"),
        ("max.in.flight=6", "an idempotent producer keeps the order of at most 5 requests (allowed: 1 to 5)"),
        ("retries=0", "an idempotent producer has to be able to retry (allowed: 1 and more)"),
        ("delivery.report.only.error=true", "without reports of success no position could be confirmed (allowed: false)"),
        ("queuing.strategy=lifo", "events would leave in another order (allowed: fifo)"),
        ("enabled_events=1", "the relay chooses librdkafka's events itself (allowed: unset)"),
    ])
    func `what would break a promise is refused with the reason`(property: String, message: String) throws {
        let name = property.prefix { $0 != "=" }
        #expect(try problems("kafka.\(property)") == ["f:1: kafka.\(name): \(message)"])
    }

    @Test(arguments: [
        "acks=-1", "enable.idempotence=True", "message.timeout.ms=0", "max.in.flight=1", "retries=5",
        "partitioner=murmur2_random",
        "security.protocol=ssl", "debug=all", "test.mock.num.brokers=3", "delivery.report.only.error=false",
    ])
    func `everything else goes through`(property: String) throws {
        let settings = try load("kafka.\(property)")
        #expect(settings.kafkaProperties.contains { "\($0.0)=\($0.1)" == property })
        #expect(settings.warnings.isEmpty)
    }

    @Test func `another partitioner is worth a warning`() throws {
        #expect(try load("kafka.partitioner=consistent").warnings.count == 1)
    }

    @Test func `two names of one property conflict`() throws {
        let found = try problems("kafka.sasl.mechanism=PLAIN\nkafka.sasl.mechanisms=GSSAPI")
        #expect(found.first?.hasPrefix("f:2: kafka.sasl.mechanisms: conflicts with kafka.sasl.mechanism (also at ") == true)
        #expect(try problems("kafka.=x") == ["f:1: kafka.: is not a setting"])
    }
}
