import Kafka
import Telemetry
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Admin requests` {
    private func admin(_ cluster: MockCluster = .shared) throws -> Admin {
        let properties = KafkaProperties.producerDefaults.merging(["bootstrap.servers": cluster.bootstrapServers])
        return try Admin(properties: properties, logger: .disabled)
    }

    @Test func `metadata tells partitions and leaders, and brokers their addresses`() throws {
        let cluster = MockCluster()
        cluster.createTopic("known", partitions: 3)
        let admin = try admin(cluster)
        let topic = try admin.metadata(topic: "known", timeoutMilliseconds: 10_000)
        #expect(topic.exists && topic.error == nil)
        #expect(topic.partitions.map(\.id) == [0, 1, 2])
        #expect(topic.partitions.allSatisfy { $0.leader == 1 && $0.replicas == [1] })
        let brokers = try admin.brokers(timeoutMilliseconds: 10_000)
        #expect(brokers.map { "\($0.host):\($0.port)" } == [cluster.bootstrapServers])
        try admin.clusterReachable(timeoutMilliseconds: 10_000)
    }

    @Test func `asking creates a topic only when told so`() throws {
        let admin = try admin()
        let name = uniqueTopic("asked")
        #expect(try admin.metadata(topic: name, creatingMissing: false, timeoutMilliseconds: 10_000).exists == false)
        #expect(try admin.topics(timeoutMilliseconds: 10_000).contains { $0.name == name } == false)
        _ = try admin.metadata(topic: name, timeoutMilliseconds: 10_000)
        #expect(try admin.metadata(topic: name, creatingMissing: false, timeoutMilliseconds: 10_000).exists)
    }

    @Test(.disabled(if: MockCluster.isReal)) func `a cluster that never answers admin requests is asked once`() throws {
        let admin = try admin()
        #expect(admin.topicLimit("any", timeoutMilliseconds: 200) == nil)
        let clock = ContinuousClock()
        let elapsed = clock.measure { #expect(admin.topicLimit("any", timeoutMilliseconds: 60_000) == nil) }
        #expect(elapsed < .seconds(1))
    }

    @Test(.enabled(if: MockCluster.isReal, "KAFKA_BOOTSTRAP_SERVERS names a real broker")) func `a real broker tells limits`()
        throws
    {
        let admin = try admin()
        let name = uniqueTopic("limited")
        let topic = NewTopic(name: name, partitions: 2, settings: ["max.message.bytes": "12345", "cleanup.policy": "compact"])
        #expect(try admin.createTopics([topic], timeoutMilliseconds: 10_000) == [nil])
        let again = try admin.createTopics([topic, NewTopic(name: "bad name")], timeoutMilliseconds: 10_000)
        #expect(again.map { $0?.code } == [.topicAlreadyExists, .topicException])
        #expect(admin.topicLimit(name, timeoutMilliseconds: 10_000) == 12_345)
        #expect(try admin.topicSettings(name, timeoutMilliseconds: 10_000)["cleanup.policy"] == "compact")
        let unknown = #expect(throws: KafkaError.self) { try admin.topicSettings(name + "x", timeoutMilliseconds: 10_000) }
        #expect(unknown?.code == .unknownTopicOrPartition)
    }

    @Test func `an unreachable cluster is told in time`() throws {
        let admin = try Admin(properties: ["bootstrap.servers": "127.0.0.1:1"], logger: .disabled)
        let clock = ContinuousClock()
        let elapsed = clock.measure {
            #expect(throws: KafkaError.self) { try admin.clusterReachable(timeoutMilliseconds: 300) }
        }
        #expect(elapsed < .seconds(5))
        admin.close()
        admin.close()
        let error = #expect(throws: KafkaError.self) { try admin.brokers(timeoutMilliseconds: 1) }
        #expect(error?.code == .localDestroy)
    }

    @Test func `a new topic that cannot be asked for is named`() throws {
        let error = #expect(throws: KafkaError.self) {
            try admin().createTopics([NewTopic(name: "t", partitions: -7)], timeoutMilliseconds: 100)
        }
        #expect(error?.code == .localInvalidArgument)
        #expect(error?.message.contains("\"t\"") == true)
    }
}
