import Kafka
import Synchronization
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A producer` {
    @Test func `every message is delivered and counted by opaque`() throws {
        let kafka = try Producing(.shared)
        let topic = try kafka.producer.topic(uniqueTopic("delivered"))
        for index in 0..<5_000 {
            #expect(kafka.send(topic, key: Array("same".utf8), opaque: UInt(index / 50)).isAccepted)
        }
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        #expect(kafka.producer.outstanding == 0)
        #expect(kafka.ledger.delivered == 5_000)
        #expect((0..<100).allSatisfy { kafka.ledger[UInt($0)] == Ledger.Entry(delivered: 50) })
        // One key is one partition, so only the borders of batches split a run.
        #expect(kafka.ledger.runs.count < 1_000)
        #expect(kafka.producer.close())
    }

    @Test(arguments: ["true", "false"])
    func `what is called delivered is in the log, also when a later batch was taken and an earlier one refused`(gapless: String)
        throws
    {
        let cluster = MockCluster()
        let name = uniqueTopic("refused")
        cluster.createTopic(name, partitions: 1)
        // A batch, and a request, for each message.
        let kafka = try Producing(
            cluster, ["batch.num.messages": "1", "enable.gapless.guarantee": gapless, "retry.backoff.ms": "200"])
        let other = uniqueTopic("other")
        cluster.createTopic(other, partitions: 1)
        // The producer has its id, and knows the topic.
        #expect(kafka.send(try kafka.producer.topic(other)).isAccepted)
        kafka.producer.learn(topic: name, timeoutMilliseconds: 5_000)
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 10_000))
        let topic = try kafka.producer.topic(name)
        // The first batch comes before its leader serves the partition; the second one is on its way by then.
        cluster.delayAnswers(milliseconds: 150)
        cluster.refuseProduceRequests([KafkaError.Code.notLeaderForPartition.rawValue])
        for number in 0..<6 {
            #expect(kafka.send(topic, value: [UInt8(number)], opaque: UInt(100 + number)).isAccepted)
        }
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        cluster.delayAnswers(milliseconds: 0)
        let written = Set(try readAll(name, from: cluster).compactMap(\.value?.first))
        let delivered = Set((0..<6).filter { kafka.ledger[UInt(100 + $0)].delivered == 1 }.map { UInt8($0) })
        #expect(delivered.isSubset(of: written), "called delivered: \(delivered.sorted()), written: \(written.sorted())")
        let unproven = kafka.ledger.failures
        #expect(
            !unproven.isEmpty && unproven.allSatisfy { $0.code == .localInconsistent && $0.persistence == .possiblyPersisted })
        #expect(DeliveryFailureClass(.localInconsistent) == .producer)
        kafka.producer.close()
    }

    @Test func `a topic handle is made once`() throws {
        let kafka = try Producing(.shared)
        let name = uniqueTopic("handle")
        #expect(try kafka.producer.topic(name) == kafka.producer.topic(name))
        #expect(try kafka.producer.topic(name) != kafka.producer.topic(name + "x"))
        kafka.producer.close()
    }

    @Test func `a full queue refuses without losing count, a purge reports everything once`() throws {
        let kafka = try Producing(.shared, ["queue.buffering.max.messages": "10", "linger.ms": "60000"])
        let topic = try kafka.producer.topic(uniqueTopic("full"))
        for index in 0..<10 {
            #expect(kafka.send(topic, headers: [("h", [1])], opaque: UInt(index)).isAccepted)
        }
        for _ in 0..<100 {
            #expect(kafka.send(topic, headers: [("h", [1])], opaque: 99).isQueueFull)
        }
        #expect(kafka.producer.outstanding == 10)
        kafka.producer.purge()
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 10_000))
        #expect(kafka.ledger.delivered == 0)
        #expect(kafka.ledger.failures.map(\.opaque).sorted() == Array(0..<10))
        #expect(kafka.ledger.failures.allSatisfy { $0.code == .localPurgedFromQueue && $0.persistence == .notPersisted })
        #expect(kafka.send(topic).isAccepted)
        kafka.producer.close()
    }

    @Test func `a full queue has room when its reports are told`() throws {
        // No broker: the ten stay together and are purged in one event.
        let isAccepted = Mutex<[Bool]>([])
        let offer = Mutex<(@Sendable () -> Bool)?>(nil)
        let properties = KafkaProperties.producerDefaults.merging([
            "bootstrap.servers": "127.0.0.1:1", "queue.buffering.max.messages": "10",
        ])
        let producer = try Producer(properties: properties, logger: .disabled) { reports in
            guard reports.count == 10, let offer = offer.withLock({ $0 }) else { return }
            let accepted = (0..<10).map { _ in offer() }
            isAccepted.withLock { $0 = accepted }
        } onError: { _ in
        }
        let topic = try producer.topic("nowhere")
        let send: @Sendable () -> Bool = {
            producer.produce(topic: topic, key: nil, value: nil, opaque: 1).isAccepted
        }
        for _ in 0..<10 { #expect(send()) }
        #expect(!send())
        // From here on only the handler produces, so there is still one producing thread at a time.
        offer.withLock { $0 = send }
        producer.purge()
        while isAccepted.withLock({ $0.isEmpty }) {
            _ = producer.waitUntilDrained(timeoutMilliseconds: 1)
        }
        #expect(isAccepted.withLock { $0 } == Array(repeating: true, count: 10))
        offer.withLock { $0 = nil }
        producer.close()
    }

    @Test func `a purge in the middle of traffic reports every accepted message exactly once`() throws {
        let cluster = MockCluster()
        cluster.delayAnswers(milliseconds: 20)
        let kafka = try Producing(cluster, ["queue.buffering.max.messages": "100000"])
        let topic = try kafka.producer.topic("traffic")
        var accepted = 0
        for round in 0..<5 {
            for _ in 0..<2_000 where kafka.send(topic, key: [UInt8(round)], opaque: UInt(accepted)).isAccepted {
                accepted += 1
            }
            kafka.producer.purge()
            #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        }
        #expect(accepted == 10_000)
        let perMessage = (0..<accepted).map { kafka.ledger[UInt($0)] }
        #expect(perMessage.allSatisfy { $0.delivered + $0.failed.count == 1 })
        #expect(kafka.ledger.failures.allSatisfy { DeliveryFailureClass($0.code) == .purged })
        #expect(
            kafka.ledger.failures.allSatisfy { ($0.code == .localPurgedInFlight) == ($0.persistence == .possiblyPersisted) })
        #expect(kafka.producer.close())
    }

    @Test func `a refusal by the broker names topic, partition and class`() throws {
        let cluster = MockCluster()
        cluster.createTopic("refused", partitions: 1)
        cluster.refuseProduceRequests([KafkaError.Code.messageSizeTooLarge.rawValue])
        let kafka = try Producing(cluster)
        #expect(try kafka.send(kafka.producer.topic("refused"), opaque: 42).isAccepted)
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        let failure = try #require(kafka.ledger[42].failed.first)
        #expect(failure.code == .messageSizeTooLarge)
        #expect(failure.topic == "refused")
        #expect(failure.partition == 0)
        #expect(DeliveryFailureClass(failure.code) == .poison)
        kafka.producer.close()
    }

    @Test func `a fatal error is told, remembered, and still leaves every message reported`() throws {
        let cluster = MockCluster()
        cluster.createTopic("fatal", partitions: 1)
        cluster.refuseProduceRequests([KafkaError.Code.messageSizeTooLarge.rawValue])
        let kafka = try Producing(cluster, ["enable.gapless.guarantee": "true"])
        let topic = try kafka.producer.topic("fatal")
        #expect(kafka.send(topic).isAccepted)
        var accepted = 1
        while kafka.producer.waitUntilDrained(timeoutMilliseconds: 0) == false
            || kafka.ledger.clientErrors.allSatisfy({ !$0.isFatal })
        {
            if accepted < 1_000, kafka.send(topic).isAccepted { accepted += 1 }
            if kafka.producer.fatalError != nil { kafka.producer.purge() }
            _ = kafka.producer.waitUntilDrained(timeoutMilliseconds: 10)
        }
        #expect(kafka.producer.fatalError?.isFatal == true)
        #expect(kafka.producer.fatalError?.code == .localGaplessGuarantee)
        #expect(kafka.send(topic).refusal == .localGaplessGuarantee)
        #expect(kafka.ledger.delivered + kafka.ledger.failures.count == accepted)
        #expect(kafka.producer.close())
    }

    @Test func `what is too large for the client is refused alone`() throws {
        let kafka = try Producing(.shared, ["message.max.bytes": "2000"])
        let topic = try kafka.producer.topic(uniqueTopic("large"))
        let large = [UInt8](repeating: 7, count: 4_000)
        #expect(kafka.send(topic, value: large, headers: [("h", [1])]).refusal == .messageSizeTooLarge)
        #expect(kafka.producer.outstanding == 0)
        #expect(kafka.send(topic, value: Array(large.prefix(1_000))).isAccepted)
        #expect(kafka.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        #expect(kafka.ledger.delivered == 1)
        kafka.producer.close()
    }

    @Test func `a topic of another producer and headers outside their bytes are refused`() throws {
        let kafka = try Producing(.shared)
        let other = try Producing(.shared)
        let name = uniqueTopic("foreign")
        #expect(try kafka.send(other.producer.topic(name)).refusal == .localInvalidArgument)
        let topic = try kafka.producer.topic(name)
        let bytes: [UInt8] = [1, 2, 3]
        let ranges = [
            (0, 4, 0, 0), (0, -1, 0, 0), (-1, 1, 0, 0), (0, 1, 2, 2), (4, 0, 0, 0), (0, 1, Int.max, 1), (0, Int.max, 0, 0),
        ]
        for (nameStart, nameCount, valueStart, valueCount) in ranges {
            let range = HeaderRange(nameStart: nameStart, nameCount: nameCount, valueStart: valueStart, valueCount: valueCount)
            let outcome = bytes.withUnsafeBytes { bytes in
                withUnsafePointer(to: range) { pointer in
                    let block = HeaderBlock(bytes: bytes, ranges: UnsafeBufferPointer(start: pointer, count: 1))
                    return kafka.producer.produce(topic: topic, key: nil, value: nil, headers: block, opaque: 1)
                }
            }
            #expect(outcome.refusal == .localInvalidArgument)
        }
        #expect(kafka.producer.outstanding == 0)
        kafka.producer.close()
        other.producer.close()
    }

    @Test func `closing twice is closing once, and reports what is left`() throws {
        let kafka = try Producing(bootstrapServers: "127.0.0.1:1")
        let topic = try kafka.producer.topic("nowhere")
        for index in 0..<100 {
            #expect(kafka.send(topic, opaque: UInt(index)).isAccepted)
        }
        #expect(kafka.producer.close())
        #expect(kafka.ledger.failures.map(\.opaque).sorted() == Array(0..<100))
        #expect(kafka.producer.outstanding == 0)
        #expect(kafka.producer.close())
        #expect(kafka.send(topic).refusal == .localDestroy)
        #expect(throws: KafkaError.self) { try kafka.producer.topic("late") }
        kafka.producer.purge()
        #expect(kafka.ledger.failures.count == 100)
    }

    @Test func `a broker that is away is logged once, without secrets`() throws {
        let lines = Mutex<[String]>([])
        let logger = Logger(level: .debug, format: .json) { line in
            lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
        let told = Mutex(false)
        let producer = try Producer(
            properties: [
                "bootstrap.servers": "127.0.0.1:1", "sasl.password": "hunter2-sesame", "client.id": "hunter2-sesame",
                "reconnect.backoff.ms": "1", "reconnect.backoff.max.ms": "5", "debug": "broker",
            ],
            logger: logger
        ) { _ in
        } onError: { error in
            if error.code == .localAllBrokersDown { told.withLock { $0 = true } }
        }
        while !told.withLock({ $0 }) || lines.withLock({ lines in !lines.contains { $0.contains("refused") } }) {
            _ = producer.waitUntilDrained(timeoutMilliseconds: 0)
        }
        producer.close()
        let written = lines.withLock { $0 }
        let warnings = written.filter { $0.contains("\"level\":\"warn\"") }
        #expect(warnings.count { $0.contains("Connection refused") } == 1)
        #expect(warnings.count { $0.contains("_ALL_BROKERS_DOWN") } == 1)
        #expect(written.allSatisfy { $0.contains("\"msg\":\"librdkafka\"") && !$0.contains("hunter2-sesame") })
    }
}
