import CommandLineKit

/// A plan for people and for programs.
package enum TopicPlanReport {
    package static func report(_ plan: TopicPlan) -> Report {
        var table = Table([
            ("TOPIC", .left), ("PARTITIONS", .right), ("REPLICAS", .right), ("RETENTION", .right), ("STATE", .left),
        ])
        for entry in plan.entries {
            table.append([
                entry.topic.name, "\(entry.topic.partitions)", "\(plan.replicationFactor)", entry.topic.retention.description,
                words(entry),
            ])
        }
        var text = table.render()
        let notes = Self.notes(plan)
        if !notes.isEmpty { text += "\n" + notes.map { "- \($0)\n" }.joined() }
        text += "\n" + summary(plan) + "\n"
        return Report(text: text, json: json(plan), isRight: plan.isRight)
    }

    private static func words(_ entry: TopicPlan.Entry) -> String {
        switch entry.state {
        case .missing: "missing: will be created"
        case .same: "same"
        case .unknown(let reason): "unknown: \(reason)"
        case .different(let differences):
            "different: "
                + differences.map { "\($0.setting) is \($0.found), wanted \($0.wanted)" }.joined(separator: "; ")
        }
    }

    /// What is to be said about single topics, beyond the table.
    package static func notes(_ plan: TopicPlan) -> [String] {
        plan.entries.flatMap { entry in
            let advice = entry.differences.compactMap { difference in
                if case .advice(let words) = difference.remedy {
                    "\(entry.topic.name), \(difference.setting): \(words)"
                } else {
                    nil
                }
            }
            return advice + entry.notes.map { "\(entry.topic.name): \($0)" }
        }
    }

    private static func summary(_ plan: TopicPlan) -> String {
        var parts = ["\(plan.missing.count) missing"]
        for name in ["same", "different", "unknown"] {
            let count = plan.entries.count { $0.state.name == name }
            if count > 0 { parts.append("\(count) \(name)") }
        }
        var text = parts.joined(separator: ", ") + "."
        if !plan.missing.isEmpty { text += " To create what is missing: outbox-relay topics create." }
        if !plan.alterable.isEmpty { text += " To change retention and partitions of what exists: topics create --alter." }
        return text
    }

    private static func json(_ plan: TopicPlan) -> JSONValue {
        let topics = plan.entries.map { entry -> JSONValue in
            [
                "topic": JSONValue(entry.topic.name), "purpose": JSONValue(entry.topic.purpose),
                "state": JSONValue(entry.state.name), "partitions": JSONValue(entry.topic.partitions),
                "replication_factor": JSONValue(plan.replicationFactor), "retention_ms": JSONValue(entry.topic.retention.setting),
                "reason": { if case .unknown(let reason) = entry.state { JSONValue(reason) } else { .null } }(),
                "differences": .array(entry.differences.map(json)), "notes": .array(entry.notes.map { JSONValue($0) }),
            ]
        }
        return [
            "brokers": JSONValue(plan.brokers), "missing": JSONValue(plan.missing.count), "right": JSONValue(plan.isRight),
            "topics": .array(topics),
        ]
    }

    private static func json(_ difference: TopicDifference) -> JSONValue {
        let advice: JSONValue = if case .advice(let words) = difference.remedy { JSONValue(words) } else { .null }
        return [
            "setting": JSONValue(difference.setting), "wanted": JSONValue(difference.wanted),
            "found": JSONValue(difference.found),
            "alterable": JSONValue(difference.isAlterable), "advice": advice,
        ]
    }
}
