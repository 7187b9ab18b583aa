/// Which of the wanted topics are missing, as wanted, or different. Pure.
package struct TopicPlan: Equatable, Sendable {
    package enum State: Equatable, Sendable {
        case missing
        case same
        case different([TopicDifference])
        /// It could not be compared, for this reason.
        case unknown(String)

        /// A constant word for programs.
        package var name: String {
            switch self {
            case .missing: "missing"
            case .same: "same"
            case .different: "different"
            case .unknown: "unknown"
            }
        }
    }

    package struct Entry: Equatable, Sendable {
        package var topic: WantedTopic
        package var found: FoundTopic?
        package var state: State
        /// Worth a word, and no difference.
        package var notes: [String] = []

        package var differences: [TopicDifference] {
            if case .different(let differences) = state { differences } else { [] }
        }
    }

    package var entries: [Entry]
    package var brokers: Int
    /// What new topics get.
    package var replicationFactor: Int

    package init(entries: [Entry], brokers: Int, replicationFactor: Int) {
        self.entries = entries
        self.brokers = brokers
        self.replicationFactor = replicationFactor
    }

    /// - Parameter found: by name; a topic that does not exist is absent.
    package static func make(_ wishes: TopicWishes, found: [String: FoundTopic], brokers: Int) -> TopicPlan {
        let factor = wishes.replicas(brokers: brokers)
        let entries = wishes.topics.map { topic in
            guard let found = found[topic.name] else { return Entry(topic: topic, found: nil, state: .missing) }
            return compare(topic, found, factor, isFactorGiven: wishes.replicationFactor != nil)
        }
        return TopicPlan(entries: entries, brokers: brokers, replicationFactor: factor)
    }

    private static func compare(_ topic: WantedTopic, _ found: FoundTopic, _ factor: Int, isFactorGiven: Bool) -> Entry {
        if let problem = found.problem { return Entry(topic: topic, found: found, state: .unknown(problem)) }
        var differences: [TopicDifference] = []
        if found.partitions != topic.partitions {
            let remedy: TopicDifference.Remedy =
                found.partitions < topic.partitions
                ? .alter
                : .advice(
                    "partitions cannot be taken away; if it is as it should be: --partitions \(topic.name)=\(found.partitions)")
            differences.append(
                .init("partitions", wanted: "\(topic.partitions)", found: "\(found.partitions)", remedy: remedy))
        }
        // More replicas than the default are somebody's good intention.
        if isFactorGiven ? found.replicas != factor : found.replicas < factor {
            differences.append(
                .init(
                    "replication.factor", wanted: "\(factor)", found: "\(found.replicas)",
                    remedy: .advice("kafka-reassign-partitions.sh moves replicas; this program does not")))
        }
        guard let settings = found.settings else {
            return Entry(
                topic: topic, found: found,
                state: differences.isEmpty ? .unknown("its settings are not told") : .different(differences))
        }
        differences += compare(topic, settings)
        var notes: [String] = []
        if found.replicas >= 3, settings["min.insync.replicas"] == "1" {
            notes.append(
                "min.insync.replicas is 1: an event may be acknowledged by one broker alone and lost with it; 2 is advisable")
        }
        return Entry(
            topic: topic, found: found, state: differences.isEmpty ? .same : .different(differences), notes: notes)
    }

    private static func compare(_ topic: WantedTopic, _ settings: [String: String]) -> [TopicDifference] {
        var differences: [TopicDifference] = []
        if let retention = settings["retention.ms"].flatMap({ Int64($0) }), retention != topic.retention.setting {
            differences.append(
                .init(
                    "retention.ms", wanted: topic.retention.description,
                    found: WantedTopic.Retention(setting: retention).description, remedy: .alter))
        }
        if let policy = settings["cleanup.policy"], policy != "delete" {
            differences.append(
                .init(
                    "cleanup.policy", wanted: "delete", found: policy,
                    remedy: .advice("compaction keeps one event per key; kafka-configs.sh changes it")))
        }
        return differences
    }

    // MARK: What follows

    package var missing: [Entry] { entries.filter { $0.state == .missing } }

    /// Something exists and is not as wanted, or cannot be compared.
    package var isRight: Bool { entries.allSatisfy { $0.state == .missing || $0.state == .same } }

    /// What `--alter` would change.
    package var alterable: [Entry] { entries.filter { entry in entry.differences.contains { $0.isAlterable } } }

    /// Whether everything would be as wanted after `create`, with or without `--alter`.
    package func isRight(afterAltering alters: Bool) -> Bool {
        entries.allSatisfy { entry in
            switch entry.state {
            case .missing, .same: true
            case .unknown: false
            case .different(let differences): alters && differences.allSatisfy(\.isAlterable)
            }
        }
    }
}
