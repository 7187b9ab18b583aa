import Configuration
import Kafka
import OutboxModel
import RelayCore
import Telemetry

/// Asks Kafka everything `doctor` wants to know. Nothing is produced: whether this client may write shows only then.
struct KafkaDiagnosis {
    private static let timeout = 5_000

    private let settings: RelaySettings
    private let options: RelayOptions

    init(_ settings: RelaySettings, _ options: RelayOptions) {
        self.settings = settings
        self.options = options
    }

    func findings() -> [Finding] {
        var findings = [library()]
        do throws(ConfigurationError) { try settings.requireKafka() } catch {
            findings.append(
                Finding(
                    "kafka.settings", .fail, object: "kafka.*", fact: "\(error)", remedy: "kafka.bootstrap.servers=host:9092,...")
            )
            return findings
        }
        let properties = Kafka.KafkaProperties(settings.kafkaProperties)
        do throws(KafkaError) { try ProducerConfiguration.validate(properties, makingClient: true) } catch {
            findings.append(Finding("kafka.settings", .fail, object: "kafka.*", fact: "\(error)", remedy: "correct the setting"))
            return findings
        }
        findings.append(Finding("kafka.settings", .ok, object: "kafka.*", fact: "librdkafka accepts them"))
        if findings.contains(where: { $0.severity == .fail }) { return findings }
        do throws(KafkaError) { findings += try cluster(Admin(properties: properties, logger: .disabled)) } catch {
            findings.append(
                Finding(
                    "kafka.reachable", .fail, object: properties["bootstrap.servers"] ?? "Kafka",
                    fact: "no broker answered: \(error)",
                    remedy: "check kafka.bootstrap.servers, security.protocol and sasl.*, and that a broker runs"))
        }
        return findings
    }

    private func library() -> Finding {
        let refusal = KafkaLibrary.refusal(
            for: Kafka.KafkaProperties(settings.kafkaProperties), acceptsLegacyBroker: settings.hasLegacyBrokers)
        return Finding(
            "kafka.library", refusal == nil ? .ok : .fail, object: "librdkafka",
            fact: refusal ?? "version \(KafkaLibrary.versionText)",
            remedy: refusal == nil ? "" : "one of the ways out above")
    }

    private func cluster(_ admin: Admin) throws(KafkaError) -> [Finding] {
        defer { admin.close() }
        let brokers = try admin.brokers(timeoutMilliseconds: Self.timeout)
        let list = brokers.map { "\($0.host):\($0.port)" }.joined(separator: ", ")
        var findings = [
            Finding(
                "kafka.reachable", .ok, object: "Kafka", fact: "\(brokers.count) broker\(brokers.count == 1 ? "" : "s"): \(list)")
        ]
        var creates: Bool?
        if let broker = brokers.first, let known = try? admin.brokerSettings(broker.nodeID, timeoutMilliseconds: Self.timeout) {
            creates = known["auto.create.topics.enable"].map { $0 == "true" }
        }
        for (name, setting) in topics {
            findings += TopicChecks.evaluate(try facts(of: name, setting, creates, admin))
        }
        return findings
    }

    /// The topics that are known before any event is.
    private var topics: [(name: String, setting: String)] {
        var topics: [(name: String, setting: String)] = []
        if let name = options.routing.defaultTopic { topics.append((options.routing.prefix + name, "topic.default")) }
        if options.deadLetter == .topic { topics.append((options.routing.deadLetterTopic, "dead.letter.topic")) }
        return topics
    }

    private func facts(of name: String, _ setting: String, _ creates: Bool?, _ admin: Admin) throws(KafkaError) -> TopicFacts {
        let metadata = try admin.metadata(topic: name, creatingMissing: false, timeoutMilliseconds: Self.timeout)
        var facts = TopicFacts(name: name, setting: setting)
        facts.exists = metadata.exists
        facts.problem = metadata.error?.description
        facts.createsTopics = creates
        guard metadata.exists else { return facts }
        facts.partitions = metadata.partitions.count
        facts.leaderless = metadata.partitions.count { $0.leader == nil }
        facts.replicas = metadata.partitions.map(\.replicas.count).min() ?? 0
        facts.inSyncReplicas = metadata.partitions.map(\.inSyncReplicas.count).min() ?? 0
        if let known = try? admin.topicSettings(name, timeoutMilliseconds: Self.timeout) {
            facts.maximumMessageBytes = known["max.message.bytes"].flatMap { Int($0) }
            facts.minimumInSyncReplicas = known["min.insync.replicas"].flatMap { Int($0) }
        }
        return facts
    }
}
