public import ConsumerKit
package import PostgresClient
public import RelayOperations

/// Which of a consumer's dead letters are meant. Pure.
public struct LetterSelection: Sendable {
    package let places: [RecordPlace]
    package let eventIDs: [String]
    package let reason: String?
    package let kind: DeadLetterCause.Kind?
    package let topic: String?
    package let range: TimeRange
    package let isAll: Bool

    /// - Parameters:
    ///   - words: places, as `list` shows them, or event ids.
    ///   - reason: a part of the reason.
    ///   - topic: of the record, not the dead-letter topic.
    ///   - range: of the last failure.
    ///   - isAll: `--all`: also without any other choice.
    public init(
        words: [String] = [], reason: String? = nil, kind: DeadLetterCause.Kind? = nil, topic: String? = nil,
        range: TimeRange = TimeRange(), isAll: Bool = false
    ) {
        var places: [RecordPlace] = []
        var ids: [String] = []
        for word in words {
            if let place = RecordPlace(word) { places.append(place) } else { ids.append(word.lowercased()) }
        }
        self.places = places
        eventIDs = ids
        self.reason = reason
        self.kind = kind
        self.topic = topic
        self.range = range
        self.isAll = isAll
    }

    /// Whether single letters are named; then each of them has to be found.
    package var namesLetters: Bool { !places.isEmpty || !eventIDs.isEmpty }

    /// Whether anything was chosen: what changes letters wants a choice.
    public var isEmpty: Bool {
        !namesLetters && reason == nil && kind == nil && topic == nil && range.isOpen && !isAll
    }

    /// What has to hold for a row of consumer_dead_letters, and its parameters. Named letters and other choices together: all hold.
    package func condition(consumer: String) -> (sql: String, parameters: [QueryParameter]) {
        var parts = ["consumer_name = $1"]
        var parameters: [QueryParameter] = [.text(consumer)]
        func place(_ parameter: QueryParameter) -> String {
            parameters.append(parameter)
            return "$\(parameters.count)"
        }
        var named: [String] = []
        if !places.isEmpty {
            named.append(RecordPlace.condition(from: parameters.count + 1))
            parameters += RecordPlace.parameters(places)
        }
        if !eventIDs.isEmpty { named.append("event_id::text = ANY (\(place(.texts(eventIDs)))::text[])") }
        if !named.isEmpty { parts.append("(" + named.joined(separator: " OR ") + ")") }
        if let reason { parts.append("position(\(place(.text(reason))) IN reason) > 0") }
        if let kind { parts.append("error_class = \(place(.text(kind.rawValue)))") }
        if let topic { parts.append("topic = \(place(.text(topic)))") }
        let instant = "timestamptz 'epoch' + interval '1 microsecond' *"
        if let since = range.since { parts.append("failed_at >= \(instant) \(place(.integer(since)))::bigint") }
        if let until = range.until { parts.append("failed_at < \(instant) \(place(.integer(until)))::bigint") }
        return (parts.joined(separator: " AND "), parameters)
    }
}
