import Kafka
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Records` {
    @Test func `a consumer tells what a topic holds, and hurrying a partition changes nothing`() throws {
        let cluster = MockCluster()
        cluster.createTopic("held", partitions: 2)
        let producing = try Producing(cluster)
        let topic = try producing.producer.topic("held")
        for _ in 0..<20 { #expect(producing.send(topic, key: nil).isAccepted) }
        #expect(producing.producer.waitUntilDrained(timeoutMilliseconds: 10_000))
        producing.producer.close()
        let consumer = try Consumer(properties: ["bootstrap.servers": cluster.bootstrapServers], logger: .disabled)
        let bounds = try consumer.bounds(topic: "held")
        #expect(bounds.map(\.partition) == [0, 1])
        #expect(bounds.allSatisfy { $0.start == 0 } && bounds.reduce(0) { $0 + $1.end } == 20)
        consumer.hurry(topic: "held", partition: 0)
        #expect(try consumer.bounds(topic: "held") == bounds)
        consumer.close()
        #expect(throws: KafkaError.self) { try consumer.bounds(topic: "held") }
    }

    @Test func `keys, values, headers and times come back as they went`() throws {
        let kafka = try Producing(.shared)
        let name = uniqueTopic("round-trip")
        let topic = try kafka.producer.topic(name)
        let text = Array("grüße \u{1F980}\0 end".utf8)
        let headers: [(name: String, value: [UInt8]?)] = [
            ("event_id", text), ("null", nil), ("empty", []), ("event_id", [1]), ("", [0, 255]),
        ]
        #expect(kafka.send(topic, key: [9], value: text, headers: headers, timestamp: 1_700_000_000_123).isAccepted)
        #expect(kafka.send(topic, key: [9], value: nil).isAccepted)
        #expect(kafka.send(topic, key: [9], value: []).isAccepted)
        #expect(kafka.send(topic, key: [], value: [1]).isAccepted)
        #expect(kafka.send(topic, key: nil, value: [2]).isAccepted)
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        let records = try readAll(name, from: .shared)
        let sameKey = records.filter { $0.key == [9] }
        try #require(sameKey.count == 3)
        #expect(sameKey[0].value == text)
        #expect(sameKey[0].timestampMilliseconds == 1_700_000_000_123)
        #expect(sameKey[0].topic == name)
        #expect(sameKey[0].headers.map(\.name) == headers.map(\.name))
        #expect(sameKey[0].headers.map(\.value) == headers.map(\.value))
        #expect(sameKey[0].header("event_id") == .some([1]))
        #expect(sameKey[0].header("null") == .some(nil))
        #expect(sameKey[0].header("missing") == nil)
        #expect(sameKey[1].value == nil)
        #expect(sameKey[1].headers.isEmpty)
        #expect((sameKey[1].timestampMilliseconds ?? 0) > 1_700_000_000_123)
        #expect(sameKey[2].value == [])
        #expect(records.first { $0.value == [1] }?.key == [])
        #expect(records.first { $0.value == [2] }.map { $0.key == nil } == true)
        kafka.producer.close()
    }

    /// The Java client's partitions for 12 partitions, computed independently of librdkafka.
    @Test(arguments: [
        ("kafka", 4), ("order-1", 10), ("42", 4), ("", 9), ("7d0b4b0e-7a6f-4a0e-9f4e-3f1d2a6d8c11", 1),
    ])
    func `a key lands where a Java client puts it`(key: String, partition: Int32) throws {
        let name = uniqueTopic("murmur2")
        if MockCluster.isReal {
            let admin = try Admin(properties: ["bootstrap.servers": MockCluster.shared.bootstrapServers], logger: .disabled)
            #expect(try admin.createTopics([NewTopic(name: name, partitions: 12)], timeoutMilliseconds: 10_000) == [nil])
        } else {
            MockCluster.shared.createTopic(name, partitions: 12)
        }
        let kafka = try Producing(.shared)
        #expect(try kafka.send(kafka.producer.topic(name), key: Array(key.utf8)).isAccepted)
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        #expect(try readAll(name, from: .shared).map(\.partition) == [partition])
        kafka.producer.close()
    }

    @Test func `a reader starts at the end, at an offset, or at the beginning`() throws {
        let cluster = MockCluster()
        cluster.createTopic("positions", partitions: 1)
        let kafka = try Producing(cluster)
        let topic = try kafka.producer.topic("positions")
        for index in 0..<3 {
            #expect(kafka.send(topic, value: [UInt8(index)]).isAccepted)
        }
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        let starts: [(StartPosition, [UInt8])] = [(.beginning, [0, 1, 2, 3]), (.offset(1), [1, 2, 3]), (.end, [3])]
        let consumers = try starts.map { start, _ in
            let consumer = try Consumer(
                properties: ["bootstrap.servers": cluster.bootstrapServers, "fetch.wait.max.ms": "20"], logger: .disabled)
            #expect(try consumer.assign(topic: "positions", partition: 0, from: start) == [0])
            return consumer
        }
        #expect(kafka.send(topic, value: [3]).isAccepted)
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        for (consumer, (_, expected)) in zip(consumers, starts) {
            var values: [UInt8] = []
            while values.last != 3 {
                let found = consumer.withRawRecord(timeoutMilliseconds: 10_000) { record in
                    #expect(
                        record.isOf(topic: "positions") && !record.isOf(topic: "position") && !record.isOf(topic: "positionsx"))
                    return record.value?.first
                }
                if case .record(let value?) = found { values.append(value) }
                if case .nothing = found { break }
            }
            #expect(values == expected)
            consumer.close()
            consumer.close()
            if case .error(let error) = consumer.poll(timeoutMilliseconds: 0) { #expect(error.code == .localDestroy) }
        }
        kafka.producer.close()
    }

    @Test func `an empty topic ends at once, at offset 0`() throws {
        let cluster = MockCluster()
        cluster.createTopic("empty", partitions: 2)
        let consumer = try Consumer(
            properties: ["bootstrap.servers": cluster.bootstrapServers, "fetch.wait.max.ms": "20"], logger: .disabled)
        #expect(try consumer.assign(topic: "empty") == [0, 1])
        var ended: Set<Int32> = []
        while ended.count < 2 {
            guard case .endOfPartition("empty", let partition, 0) = consumer.poll(timeoutMilliseconds: 10_000) else { break }
            ended.insert(partition)
        }
        #expect(ended == [0, 1])
        consumer.close()
    }
}
