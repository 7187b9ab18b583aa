import CommandLineKit
import Configuration
import ConsumerKit
import Kafka

/// What `/status` answers: the truth about the consumers in one JSON document, without secrets.
struct ConsumerStatusDocument: Sendable {
    private let configuration: JSONValue
    private let runners: [ConsumerRunner]

    init(settings: ConsumerSettings, runners: [ConsumerRunner]) {
        configuration = .object(settings.redacted().map { JSONValue.Member($0.key, JSONValue($0.value)) })
        self.runners = runners
    }

    func render() -> String {
        let reasons = ConsumerWatch.reasons(runners)
        let document: JSONValue = [
            "ready": JSONValue(reasons.isEmpty), "reasons": .array(reasons.map { JSONValue($0) }),
            "consumers": .array(runners.map { Self.consumer($0.snapshot) }), "configuration": configuration,
        ]
        return document.render(pretty: true) + "\n"
    }

    private static func consumer(_ snapshot: ConsumerSnapshot) -> JSONValue {
        [
            "name": JSONValue(snapshot.name), "group": JSONValue(snapshot.group), "state": JSONValue(snapshot.state.rawValue),
            "reason": snapshot.reason.isEmpty ? .null : JSONValue(snapshot.reason), "ready": JSONValue(snapshot.isReady),
            "lag_records": JSONValue(snapshot.lag), "lag_seconds": JSONValue(snapshot.lagSeconds),
            "queued": JSONValue(snapshot.queued), "applied": JSONValue(snapshot.applied),
            "duplicates": JSONValue(snapshot.duplicates), "skipped": JSONValue(snapshot.skipped),
            "dead_letters": JSONValue(snapshot.deadLetters), "open_dead_letters": JSONValue(snapshot.openDeadLetters),
            "parked_events": JSONValue(snapshot.parkedEvents),
            "breakers": .object(snapshot.breakers.map { JSONValue.Member($0.dependency, JSONValue($0.state.rawValue)) }),
            "partitions": .array(
                snapshot.partitions.map { partition -> JSONValue in
                    [
                        "topic": JSONValue(partition.place.topic), "partition": JSONValue(partition.place.partition),
                        "position": JSONValue(partition.position), "lag_records": JSONValue(partition.lag),
                    ]
                }),
        ]
    }
}
