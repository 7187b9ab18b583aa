import Kafka
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(2)), .serialized, .disabled(if: MockCluster.isReal)) struct `Members of a group` {
    private func fill(_ cluster: MockCluster, _ topic: String, partitions: Int32, records: Int) throws {
        cluster.createTopic(topic, partitions: partitions)
        try produce(cluster, topic, records)
    }

    private func produce(_ cluster: MockCluster, _ topic: String, _ records: Int) throws {
        let producing = try Producing(cluster)
        let handle = try producing.producer.topic(topic)
        for index in 0..<records {
            let headers: [(name: String, value: [UInt8]?)] = [("event_id", [UInt8(index % 256)])]
            #expect(producing.send(handle, key: Array("key-\(index)".utf8), headers: headers).isAccepted)
        }
        #expect(producing.producer.waitUntilDrained(timeoutMilliseconds: 20_000))
        producing.producer.close()
    }

    @Test func `a member reads, commits, pauses, and the next one goes on behind its commit`() throws {
        let cluster = MockCluster()
        try fill(cluster, "read", partitions: 2, records: 100)
        let both = [TopicPartition("read", 0), TopicPartition("read", 1)]
        let first = try Member(cluster, group: "readers", topics: ["read"])
        #expect(try first.run { $0.records.count == 100 })
        #expect(first.assignment == both)
        #expect(Set(first.records.map { "\($0.partition)/\($0.offset)" }).count == 100)
        for place in both {
            let offsets = first.records.filter { $0.partition == place.partition }.map(\.offset)
            #expect(offsets == Array(0..<Int64(offsets.count)))
            #expect(try first.consumer.bounds(place).end == Int64(offsets.count))
            #expect(first.consumer.cachedHighWatermark(place) == Int64(offsets.count))
        }
        #expect(first.records.allSatisfy { $0.topic == "read" && $0.header("event_id") != nil })
        #expect(first.consumer.cachedHighWatermark(TopicPartition("other", 0)) == nil)

        #expect(try first.consumer.committed(both).isEmpty)
        try first.consumer.commit([(both[0], 3)], isSynchronous: true)
        #expect(try first.consumer.committed(both) == [both[0]: 3])

        try first.consumer.pause([both[0]])
        try first.consumer.pause([both[0]])
        try first.consumer.resume([both[1]])
        #expect(first.consumer.pausedPartitions == [both[0]])
        try produce(cluster, "read", 100)
        let ends = try first.consumer.bounds(both)
        let inSecond = try #require(ends[both[1]]?.end)
        #expect(try first.run { $0.records.count { $0.partition == 1 } == Int(inSecond) })
        #expect(first.records.count { $0.partition == 0 } + Int(inSecond) < 200)
        try first.consumer.resume(both)
        #expect(try first.run { $0.records.count == 200 })
        let offsets = first.records.filter { $0.partition == 0 }.map(\.offset)
        #expect(offsets == Array(0..<Int64(offsets.count)))
        try first.consumer.commit(first.positions, isSynchronous: false)
        #expect(try first.run { member in (try? member.consumer.committed(both)) == ends.mapValues(\.end) })
        #expect(first.consumer.failedCommits == 0)
        #expect(first.consumer.close(within: 20_000))

        let second = try Member(cluster, group: "readers", topics: ["read"])
        #expect(try second.run { !$0.assignment.isEmpty })
        try produce(cluster, "read", 10)
        #expect(try second.run { $0.records.count == 10 })
        #expect(second.records.allSatisfy { $0.offset >= ends[TopicPartition("read", $0.partition)]?.end ?? 0 })
        #expect(second.consumer.close(within: 20_000))
    }

    @Test func `a second member takes its share, and gives it back when it leaves`() throws {
        let cluster = MockCluster()
        try fill(cluster, "shared", partitions: 4, records: 400)
        let first = try Member(cluster, group: "pair", topics: ["shared"])
        #expect(try first.run { $0.records.count == 400 })
        #expect(first.assignment.count == 4)
        let second = try Member(cluster, group: "pair", topics: ["shared"])
        let clock = ContinuousClock()
        var deadline = clock.now + .seconds(30)
        while second.assignment.count != 2 || first.assignment.count != 2, clock.now < deadline {
            try first.step()
            try second.step()
        }
        // Not simply once: the mock broker, unlike a real one, refuses a follower that answers after the leader, which joins again.
        #expect(first.revocations >= 1 && first.assignments == first.revocations + 1)
        #expect(Set(first.assignment + second.assignment).count == 4)
        try produce(cluster, "shared", 400)
        deadline = clock.now + .seconds(30)
        var all = Set(first.records.map { "\($0.partition)/\($0.offset)" })
        while all.count < 800, clock.now < deadline {
            try first.step()
            try second.step()
            all.formUnion((first.records.suffix(1) + second.records.suffix(1)).map { "\($0.partition)/\($0.offset)" })
        }
        #expect(Set((first.records + second.records).map { "\($0.partition)/\($0.offset)" }).count == 800)
        #expect(!second.records.isEmpty)
        try second.consumer.commit(second.positions, isSynchronous: true)
        #expect(second.consumer.close(within: 20_000))
        #expect(try first.run { $0.assignment.count == 4 })
        #expect(first.revocations >= 2 && first.assignments == first.revocations + 1)
        #expect(first.consumer.close(within: 20_000))
    }

    @Test func `a start that the caller names wins over the group's, and a refused commit is told`() throws {
        let cluster = MockCluster()
        try fill(cluster, "named", partitions: 1, records: 10)
        let place = TopicPartition("named", 0)
        let member = try Member(cluster, group: "named", topics: ["named"])
        #expect(try member.run(from: [place: 7]) { $0.records.count == 3 })
        #expect(member.records.map(\.offset) == [7, 8, 9])

        cluster.refuseCommitRequests([29])
        let refused = #expect(throws: KafkaError.self) {
            try member.consumer.commit([(place, 8)], isSynchronous: true)
        }
        #expect(refused?.code == .topicAuthorizationFailed)
        #expect(member.consumer.failedCommits == 0 && member.errors.isEmpty)
        cluster.refuseCommitRequests([29])
        try member.consumer.commit([(place, 8)], isSynchronous: false)
        #expect(try member.run { $0.consumer.failedCommits == 1 && $0.errors.map(\.code) == [.topicAuthorizationFailed] })
        #expect(try member.consumer.committed([place]).isEmpty)
        #expect(member.consumer.close(within: 20_000))
        guard case .error(let error) = member.consumer.poll(timeoutMilliseconds: 0) else {
            Issue.record("a closed member reads")
            return
        }
        #expect(error.code == .localDestroy)
        #expect(throws: KafkaError.self) { try member.consumer.unassign() }
        #expect(member.consumer.close(within: 0))
    }

    @Test(arguments: [true, false]) func `a member that never answered the group still leaves in time`(isAssigned: Bool) throws {
        let cluster = MockCluster()
        try fill(cluster, "silent", partitions: 2, records: 1)
        let member = try Member(cluster, group: "silent", topics: ["silent"])
        if isAssigned {
            #expect(try member.run { $0.records.count == 1 })
            let other = try Member(cluster, group: "silent", topics: ["silent"])
            var isRevoked = false
            while !isRevoked {
                _ = other.consumer.poll(timeoutMilliseconds: 10)
                if case .revoked = member.consumer.poll(timeoutMilliseconds: 10) { isRevoked = true }
            }
            #expect(member.consumer.close(within: 20_000))
            #expect(other.consumer.close(within: 20_000))
        } else {
            var isGiven = false
            while !isGiven {
                if case .assigned = member.consumer.poll(timeoutMilliseconds: 100) { isGiven = true }
            }
            #expect(member.consumer.close(within: 20_000))
        }
    }

    @Test func `a member that takes up nothing yet owes no answer, learns of the next rebalance, and reads later`()
        throws
    {
        let cluster = MockCluster()
        try fill(cluster, "later", partitions: 2, records: 40)
        let first = try Member(cluster, group: "later", topics: ["later"])
        let clock = ContinuousClock()
        var deadline = clock.now + .seconds(30)
        var given: [TopicPartition] = []
        while given.isEmpty, clock.now < deadline {
            if case .assigned(let partitions) = first.consumer.poll(timeoutMilliseconds: 20) { given = partitions }
        }
        #expect(given.count == 2 && first.consumer.owesAnswer)
        try first.consumer.assign([])
        #expect(!first.consumer.owesAnswer)

        let second = try Member(cluster, group: "later", topics: ["later"])
        deadline = clock.now + .seconds(30)
        while first.assignment.count != 1 || second.assignment.count != 1, clock.now < deadline {
            try first.step()
            try second.step()
        }
        // Its first assignment was answered by hand, above.
        #expect(first.revocations >= 1 && first.assignments == first.revocations)
        #expect(second.consumer.close(within: 20_000))
        #expect(try first.run { $0.assignment.count == 2 })

        try first.consumer.unassign()
        try first.consumer.assign(given.map { ($0, 0) })
        let before = first.records.count
        #expect(try first.run { $0.records.count == before + 40 })
        #expect(first.consumer.close(within: 20_000))
    }

    @Test(
        arguments: [
            (nil, nil, 60_000), (nil, "me", 60_000), ("90000", nil, 90_000), ("6000", nil, 60_000),
        ] as [(String?, String?, Int64)])
    func `a rebalance waits for a minute, and not less than for a session`(
        session: String?, instance: String?, milliseconds: Int64
    ) throws {
        var properties: KafkaProperties = ["bootstrap.servers": "127.0.0.1:1"]
        properties["session.timeout.ms"] = session
        let member = try GroupConsumer(properties: properties, group: "g", topics: ["t"], instance: instance, logger: .disabled)
        #expect(member.maximumPollMilliseconds == milliseconds)
        #expect(member.close(within: 20_000))
        properties["session.timeout.ms"] = "6000"
        properties["max.poll.interval.ms"] = "7000"
        let own = try GroupConsumer(properties: properties, group: "g", topics: ["t"], instance: instance, logger: .disabled)
        #expect(own.maximumPollMilliseconds == 7_000)
        #expect(own.close(within: 20_000))
    }

    @Test func `the waker ends a wait, and an unreachable cluster is an error and no end`() throws {
        let member = try GroupConsumer(
            properties: ["bootstrap.servers": "127.0.0.1:1"], group: "nobody", topics: ["none"], instance: "me",
            logger: .disabled)
        var codes: Set<KafkaError.Code> = []
        while !codes.contains(.localAllBrokersDown) {
            if case .error(let error) = member.poll(timeoutMilliseconds: 1_000) { codes.insert(error.code) }
        }
        let elapsed = ContinuousClock().measure {
            member.waker.wake()
            while case .error = member.poll(timeoutMilliseconds: 30_000) {}
        }
        #expect(elapsed < .seconds(10))
        #expect(member.close(within: 20_000))
        member.waker.wake()
    }

    @Test func `properties that librdkafka refuses are named; each kind of client takes its own`() throws {
        let error = #expect(throws: KafkaError.self) {
            try GroupConsumer(
                properties: ["fetch.min.bytes": "many"], group: "g", topics: ["t"], instance: nil, logger: .disabled)
        }
        #expect(error?.message.contains("fetch.min.bytes") == true)
        let shared: KafkaProperties = [
            "bootstrap.servers": "b", "acks": "all", "linger.ms": "5", "compression.type": "lz4", "fetch.min.bytes": "9",
            "session.timeout.ms": "7000", "sasl.username": "me", "queue.buffering.max.kbytes": "1", "isolation.level": "x",
        ]
        #expect(
            shared.forConsumer.all.map(\.key)
                == ["bootstrap.servers", "fetch.min.bytes", "session.timeout.ms", "sasl.username", "isolation.level"])
        #expect(
            shared.forProducer.all.map(\.key)
                == ["bootstrap.servers", "acks", "linger.ms", "compression.type", "sasl.username", "queue.buffering.max.kbytes"])
    }
}
