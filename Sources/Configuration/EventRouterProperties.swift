/// The properties of Debezium's outbox Event Router (Debezium documentation, "Outbox Event Router"), so that its users can
/// bring theirs.
enum EventRouterProperties {
    /// What a property is to us.
    enum Meaning: Equatable {
        /// Names a column.
        case column(ColumnRole)
        /// The topic's name, with the router's placeholder.
        case topicPattern
        /// Understood, but there is nothing to do.
        case withoutEffect(allowed: [String], because: String)
        /// The declaration of the transform itself.
        case declaration
        /// Not understood; what to use instead.
        case refused(String)
    }

    /// The short names of what is understood.
    static var understood: [String] { Array(meanings.keys) }

    /// - Parameter key: with or without `transforms.<name>.`.
    static func meaning(of key: String) -> Meaning? {
        if key == "transforms" { return .declaration }
        let isTransform = key.hasPrefix("transforms.")
        let name = shortName(of: key)
        if isTransform, name == "type" { return .declaration }
        if let meaning = meanings[name] { return meaning }
        if let hint = refusals[name] { return .refused(hint) }
        if name.hasPrefix("table.") || name.hasPrefix("route.") {
            return .refused("columns are named by column.*, topics by topic.default and topic.pattern")
        }
        if name.hasPrefix("tracing.") {
            return .refused("nothing: traceparent in the headers column is passed on as it is")
        }
        return nil
    }

    /// The property without `transforms.<name>.`.
    static func shortName(of key: String) -> String {
        guard key.hasPrefix("transforms.") else { return key }
        return String(key.dropFirst("transforms.".count).drop { $0 != "." }.dropFirst())
    }

    /// The router's topic pattern as ours.
    static func topicPattern(_ replacement: String) -> String {
        let theirs = "${routedByValue}"
        var result = ""
        var rest = replacement[...]
        while let next = rest.first {
            if rest.hasPrefix(theirs) {
                result += "${aggregate_type}"
                rest = rest.dropFirst(theirs.count)
            } else {
                result.append(next)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static let meanings: [String: Meaning] = [
        "table.field.event.id": .column(.id),
        "table.field.event.key": .column(.partitionKey),
        "table.field.event.type": .column(.eventType),
        "table.field.event.payload": .column(.payload),
        "table.field.event.timestamp": .column(.createdAt),
        "route.by.field": .column(.aggregateType),
        "route.topic.replacement": .topicPattern,
        "table.op.invalid.behavior": .withoutEffect(
            allowed: ["warn", "error", "fatal"], because: "the publication carries inserts only"),
        "table.expand.json.payload": .withoutEffect(
            allowed: ["true", "false"], because: "a JSON payload is always passed on as the JSON text that it is"),
    ]

    private static let refusals: [String: String] = [
        "table.field.event.payload.id": "column.aggregate_id",
        "table.field.event.schema.version": "column.version",
        "table.fields.additional.placement": "the headers column (column.headers): a JSON object of further headers",
        "table.fields.additional.error.on.missing": "the headers column (column.headers): a JSON object of further headers",
        "table.json.payload.null.behavior": "nothing: the payload's JSON text is never changed",
        "table.include.list": "table",
        "table.exclude.list": "table",
        "route.topic.regex": "topic.pattern with ${aggregate_type} or ${event_type}",
        "route.tombstone.on.empty.payload": "nothing: a NULL payload is a tombstone in format=debezium and format=payload",
        "debezium.op.invalid.behavior": "nothing: the publication carries inserts only",
    ]
}
