package import RelayCore

/// What `doctor` makes of a topic. Pure.
package enum TopicChecks {
    package static func evaluate(_ topic: TopicFacts) -> [Finding] {
        let object = "topic \(topic.name)"
        if let problem = topic.problem, topic.exists {
            return [
                Finding(
                    "topic.usable", .fail, object: object, fact: "(\(topic.setting)) \(problem)",
                    remedy: "allow this client to describe and write it")
            ]
        }
        guard topic.exists else {
            let remedy =
                "kafka-topics.sh --bootstrap-server ... --create --topic \(topic.name) --partitions 3 --replication-factor 3 "
                + "--config min.insync.replicas=2"
            return [
                Finding(
                    "topic.exists", topic.createsTopics == false ? .fail : .warn, object: object,
                    fact: "(\(topic.setting)) it does not exist"
                        + (topic.createsTopics == true
                            ? "; the brokers make it at the first event, with their defaults"
                            : topic.createsTopics == false ? ", and the brokers do not create topics by themselves" : ""),
                    remedy: remedy)
            ]
        }
        var findings = [
            Finding(
                "topic.exists", topic.leaderless == 0 ? .ok : .fail, object: object,
                fact: "(\(topic.setting)) \(topic.partitions) partition\(topic.partitions == 1 ? "" : "s")"
                    + (topic.leaderless == 0
                        ? ", all with a leader" : ", \(topic.leaderless) without a leader: not writable now"),
                remedy: topic.leaderless == 0 ? "" : "bring the brokers back that hold it")
        ]
        findings.append(durability(topic, object))
        findings.append(limit(topic, object))
        return findings
    }

    private static func durability(_ topic: TopicFacts, _ object: String) -> Finding {
        let minimum = topic.minimumInSyncReplicas
        let kept =
            "\(topic.replicas) replica\(topic.replicas == 1 ? "" : "s"), \(topic.inSyncReplicas) in sync, min.insync.replicas "
            + (minimum.map { "\($0)" } ?? "unknown")
        func finding(_ severity: Finding.Severity, _ fact: String, _ remedy: String) -> Finding {
            Finding("topic.durability", severity, object: object, fact: fact, remedy: remedy)
        }
        if let minimum, topic.inSyncReplicas < minimum {
            return finding(
                .fail, "\(kept): the brokers refuse acks=all writes",
                "bring the missing brokers back, or lower min.insync.replicas")
        }
        if topic.replicas <= 1 {
            return finding(
                .warn, "\(kept): one lost disk loses its events", "raise its replication factor to 3, min.insync.replicas to 2")
        }
        if let minimum, minimum >= topic.replicas {
            return finding(
                .warn, "\(kept): one broker that restarts stops all writing", "min.insync.replicas below the number of replicas")
        }
        if let minimum, minimum < 2 {
            return finding(
                .warn, "\(kept): an event may be acknowledged by one broker alone and lost with it", "min.insync.replicas=2")
        }
        return finding(.ok, kept, "")
    }

    private static func limit(_ topic: TopicFacts, _ object: String) -> Finding {
        guard let limit = topic.maximumMessageBytes else {
            return Finding(
                "topic.limit", .warn, object: object,
                fact: "its max.message.bytes is not told; the relay takes Kafka's default of 1 MiB",
                remedy: "allow this client to describe the topic's configuration")
        }
        return Finding(
            "topic.limit", .ok, object: object,
            fact: "it takes messages up to \(Quantity.bytes(limit)); larger events go to the dead-letter topic")
    }
}
