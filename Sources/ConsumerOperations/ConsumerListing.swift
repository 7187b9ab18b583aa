import CommandLineKit
public import Configuration
import ConsumerKit
public import RelayOperations

/// `list`: which consumers there are.
public enum ConsumerListing {
    public static func report(_ catalog: ConsumerCatalog, _ settings: ConsumerSettings) -> Report {
        var lines = Table(["CONSUMER", "GROUP", "TOPICS", "RUNS", ""])
        var documents: [JSONValue] = []
        for consumer in catalog.consumers {
            let definition = consumer.definition
            let isChosen = settings.consumers?.contains(definition.name) ?? true
            let parking = settings.failures.parking?.rawValue ?? definition.parking.rawValue
            lines.append([
                definition.name, definition.group, definition.topics.joined(separator: ", "), isChosen ? "yes" : "no",
                definition.summary,
            ])
            documents.append([
                "name": JSONValue(definition.name), "group": JSONValue(definition.group),
                "topics": .array(definition.topics.map { JSONValue($0) }),
                "event_types": .array(definition.eventTypes.sorted().map { JSONValue($0) }),
                "summary": JSONValue(definition.summary), "runs": JSONValue(isChosen), "reason": .null,
                "parking": JSONValue(parking), "repeatable": JSONValue(definition.isRepeatable),
                "inbox": JSONValue(definition.usesInbox),
                "rebuild_tables": .array(definition.rebuildTables.map { JSONValue($0) }),
                "dependencies": .array(definition.dependencies.map { JSONValue($0) }),
            ])
        }
        for (name, reason) in catalog.absent {
            lines.append([name, "", "", "no", reason])
            documents.append(["name": JSONValue(name), "runs": false, "reason": JSONValue(reason)])
        }
        return Report(text: lines.render(), json: ["consumers": .array(documents)])
    }
}
