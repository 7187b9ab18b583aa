import CommandLineKit
public import Configuration
import Kafka
import Telemetry

/// `topics plan|create`: looks at the cluster, and makes what is missing. What exists is changed only when that was asked for.
public struct TopicOperations {
    private static let timeout = 15_000

    private let admin: Admin
    private let plan: TopicPlan

    /// Asks the cluster about every topic. Throws a sentence with the client's or the broker's words.
    public init(_ settings: RelaySettings, _ wishes: TopicWishes) throws(OperationError) {
        do throws(ConfigurationError) { try settings.requireKafka() } catch { throw OperationError("\(error)") }
        let properties = Kafka.KafkaProperties(settings.kafkaProperties)
        if let refusal = KafkaLibrary.refusal(for: properties, acceptsLegacyBroker: settings.hasLegacyBrokers) {
            throw OperationError(refusal)
        }
        do throws(KafkaError) {
            let admin = try Admin(properties: properties, logger: .disabled)
            let brokers = try admin.brokers(timeoutMilliseconds: Self.timeout).count
            if let wanted = wishes.replicationFactor, wanted > brokers {
                throw KafkaError(
                    code: .localInvalidArgument,
                    message: "--replication-factor \(wanted) needs as many brokers, and the cluster has \(brokers)")
            }
            plan = TopicPlan.make(wishes, found: try Self.look(admin, wishes.topics.map(\.name)), brokers: brokers)
            self.admin = admin
        } catch {
            throw OperationError("asking Kafka at \(properties["bootstrap.servers"] ?? "kafka.bootstrap.servers"): \(error)")
        }
    }

    private static func look(_ admin: Admin, _ names: [String]) throws(KafkaError) -> [String: FoundTopic] {
        let wanted = Set(names)
        var found: [String: FoundTopic] = [:]
        for topic in try admin.topics(timeoutMilliseconds: timeout) where wanted.contains(topic.name) && topic.exists {
            var facts = FoundTopic(
                partitions: topic.partitions.count, replicas: topic.partitions.map(\.replicas.count).min() ?? 0)
            if topic.partitions.isEmpty {
                facts.problem = topic.error.map { words($0, needing: "DESCRIBE on the topic") } ?? "it has no partitions"
            }
            if facts.problem == nil {
                do throws(KafkaError) {
                    let settings = try admin.topicSettings(topic.name, timeoutMilliseconds: timeout)
                    facts.settings = Dictionary(settings.all.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
                } catch { facts.problem = words(error, needing: "DESCRIBE_CONFIGS on the topic") }
            }
            found[topic.name] = facts
        }
        return found
    }

    /// The broker's refusal, with what this client lacks.
    private static func words(_ error: KafkaError, needing rights: String) -> String {
        switch error.code {
        case .topicAuthorizationFailed, .clusterAuthorizationFailed: "\(error) This client needs \(rights)."
        case .topicAlreadyExists: "it exists, and this client may not see it: it needs DESCRIBE on the topic"
        default: "\(error)"
        }
    }

    // MARK: plan

    public var report: Report { TopicPlanReport.report(plan) }

    /// Whether everything is as wanted once `create` has done its work.
    public func isRight(afterAltering alters: Bool) -> Bool { plan.isRight(afterAltering: alters) }

    // MARK: create

    /// - Parameter alters: retention and number of partitions of what exists are changed as well.
    public func create(alters: Bool) -> PlannedChange {
        let altered = alters ? plan.alterable : []
        var statements = plan.missing.map { entry in
            let settings = entry.topic.settings(replicationFactor: plan.replicationFactor).map { "\($0.key)=\($0.value)" }
            return "create \(entry.topic.name) partitions=\(entry.topic.partitions) replication.factor=\(plan.replicationFactor) "
                + settings.joined(separator: " ")
        }
        for entry in altered {
            statements += entry.differences.filter(\.isAlterable).map {
                "alter \(entry.topic.name) \($0.setting): \($0.found) -> \($0.wanted)"
            }
        }
        return PlannedChange(
            action: "topics.create", object: "topics", sentence: sentence(altered), destroys: !altered.isEmpty,
            notes: notes(altered, alters), statements: statements,
            perform: { () throws(OperationError) in try self.perform(altered) })
    }

    private func sentence(_ altered: [TopicPlan.Entry]) -> String {
        func topics(_ count: Int) -> String { "\(count) topic\(count == 1 ? "" : "s")" }
        if plan.missing.isEmpty, altered.isEmpty { return "Create nothing" }
        let created = plan.missing.isEmpty ? nil : "Create \(topics(plan.missing.count))"
        guard !altered.isEmpty else { return created ?? "" }
        return created.map { "\($0) and change \(topics(altered.count))" } ?? "Change \(topics(altered.count))"
    }

    private func notes(_ altered: [TopicPlan.Entry], _ alters: Bool) -> [String] {
        var notes: [String] = []
        for entry in plan.entries {
            if case .unknown(let reason) = entry.state { notes.append("\(entry.topic.name) is left as it is: \(reason)") }
            for difference in entry.differences {
                if alters, difference.isAlterable { continue }
                let way = if case .advice(let words) = difference.remedy { words } else { "--alter changes it" }
                notes.append(
                    "\(entry.topic.name) is left as it is: \(difference.setting) is \(difference.found), wanted \(difference.wanted) "
                        + "(\(way))")
            }
            notes += entry.notes.map { "\(entry.topic.name): \($0)" }
        }
        for entry in altered where entry.differences.contains(where: { $0.setting == "partitions" && $0.isAlterable }) {
            notes.append(
                "\(entry.topic.name): more partitions move keys to other partitions; the order of one key's events is not kept across "
                    + "the change. Let consumers read what is there before")
        }
        for entry in altered {
            let found = entry.found?.settings?["retention.ms"].flatMap { Int64($0) } ?? 0
            let wanted = entry.topic.retention.setting
            if wanted >= 0, found < 0 || wanted < found {
                notes.append("\(entry.topic.name): records older than \(entry.topic.retention) will be deleted")
            }
        }
        return notes
    }

    private func perform(_ altered: [TopicPlan.Entry]) throws(OperationError) -> PlannedChange.Result {
        var created: [String] = []
        var changed: [String] = []
        var refused: [String] = []
        let missing = plan.missing.map { entry in
            var settings: Kafka.KafkaProperties = [:]
            for (key, value) in entry.topic.settings(replicationFactor: plan.replicationFactor) { settings[key] = value }
            return NewTopic(
                name: entry.topic.name, partitions: entry.topic.partitions, replicationFactor: plan.replicationFactor,
                settings: settings)
        }
        if !missing.isEmpty {
            do throws(KafkaError) {
                let results = try admin.createTopics(missing, timeoutMilliseconds: Self.timeout * 2)
                for (topic, refusal) in zip(missing, results) {
                    if let refusal {
                        refused.append("\(topic.name): \(Self.words(refusal, needing: "CREATE on the cluster or on the topic"))")
                    } else {
                        created.append(topic.name)
                    }
                }
            } catch {
                throw OperationError("creating topics: \(Self.words(error, needing: "CREATE on the cluster or on the topic"))")
            }
        }
        for entry in altered {
            do throws(KafkaError) {
                try change(entry)
                changed.append(entry.topic.name)
            } catch {
                refused.append(
                    "\(entry.topic.name): \(Self.words(error, needing: "ALTER, DESCRIBE_CONFIGS and ALTER_CONFIGS on the topic"))"
                )
            }
        }
        let done = "\(created.count) created, \(changed.count) changed"
        guard refused.isEmpty else { throw OperationError("\(done); refused: \(refused.joined(separator: "; "))") }
        return PlannedChange.Result(
            done + (created.isEmpty ? "" : ": " + created.joined(separator: ", ")),
            [
                .init("created", .array(created.map { JSONValue($0) })), .init("changed", .array(changed.map { JSONValue($0) })),
            ])
    }

    private func change(_ entry: TopicPlan.Entry) throws(KafkaError) {
        for difference in entry.differences where difference.isAlterable {
            if difference.setting == "partitions" {
                try admin.createPartitions(
                    entry.topic.name, total: entry.topic.partitions, timeoutMilliseconds: Self.timeout)
            } else {
                try admin.alterTopic(
                    entry.topic.name, settings: ["retention.ms": String(entry.topic.retention.setting)],
                    timeoutMilliseconds: Self.timeout)
            }
        }
    }
}
