import Kafka
import LocalServers
import Telemetry

/// The broker of one measurement: a real one when KAFKA_HOME says where it is, else librdkafka's mock.
final class BenchBroker {
    static let partitions = 6

    let bootstrap: String
    /// What it is, for reports.
    let description: String
    private let kafka: TemporaryKafka?
    private let mock: MockKafka?

    init(progress: Progress) throws {
        if let home = OwnExecutable.environment("KAFKA_HOME") {
            progress.update("starting Kafka")
            var options = KafkaOptions()
            options.partitions = Self.partitions
            options.heapMegabytes = 768
            let cluster = try TemporaryKafka(home: home, options: options)
            kafka = cluster
            mock = nil
            bootstrap = cluster.bootstrap
            description = "Apache Kafka \(Self.kafkaVersion(home)), 1 broker"
        } else {
            let started = try MockKafka()
            mock = started
            kafka = nil
            bootstrap = started.bootstrap
            description = "librdkafka's mock broker (KAFKA_HOME is not set)"
        }
    }

    /// Whether it keeps everything that it is given; the mock keeps 5 MiB a partition.
    var keepsRecords: Bool { kafka != nil }

    /// Makes a topic where that can be asked for; the mock makes topics by itself when they are used.
    func createTopic(_ name: String) throws {
        guard keepsRecords else { return }
        let admin = try Admin(properties: ["bootstrap.servers": bootstrap], logger: .disabled)
        defer { admin.close() }
        let topic = NewTopic(name: name, partitions: Self.partitions, replicationFactor: 1)
        if case let refusal?? = try admin.createTopics([topic], timeoutMilliseconds: 30_000).first { throw refusal }
    }

    func destroy() {
        kafka?.destroy()
        mock?.destroy()
    }

    /// From the name of a library that every download has.
    private static func kafkaVersion(_ home: String) -> String {
        let prefix = "kafka-clients-"
        let name = TextFile.names(in: "\(home)/libs").first { $0.hasPrefix(prefix) && $0.hasSuffix(".jar") }
        return name.map { String($0.dropFirst(prefix.count).dropLast(4)) } ?? "(unknown version)"
    }
}
