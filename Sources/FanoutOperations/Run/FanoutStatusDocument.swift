import CommandLineKit
import Configuration
import HTTPServer
import Realtime

/// What `/status` answers: the truth about this instance in one JSON document, without secrets.
struct FanoutStatusDocument: Sendable {
    let configuration: JSONValue
    let topic: String
    let feed: KafkaFeed
    let runtimes: RuntimeTable
    let server: HTTPServer
    let state: ServingState
    let reasons: @Sendable () -> [String]

    func render() -> String {
        let status = feed.status
        let loops = runtimes.all.map(\.snapshot)
        let reasons = reasons()
        let statistics = server.statistics
        let document: JSONValue = [
            "ready": JSONValue(reasons.isEmpty), "reasons": .array(reasons.map { JSONValue($0) }),
            "clients": .object(
                ClientForm.allCases.map { form in
                    JSONValue.Member(form.label, JSONValue(loops.reduce(0) { $0 + ($1.clients[form] ?? 0) }))
                }),
            "connections": JSONValue(statistics.connections), "threads": JSONValue(loops.count),
            "deliveries": JSONValue(loops.reduce(0) { $0 + $1.counters.deliveries }),
            "clients_behind": JSONValue(loops.reduce(0) { $0 + $1.behind }),
            "history_events": JSONValue(loops.first?.historyEvents ?? 0),
            "history_bytes": JSONValue(loops.first?.historyBytes ?? 0),
            "topic": [
                "name": JSONValue(topic), "loaded": JSONValue(status.isLoaded), "problem": JSONValue(status.problem),
                "records": JSONValue(status.records), "lag_records": JSONValue(status.lag),
                "restarts": JSONValue(status.restarts),
                "partitions": .array(
                    status.partitions.sorted().map { partition -> JSONValue in
                        [
                            "partition": JSONValue(partition), "position": JSONValue(status.positions[partition]),
                            "end": JSONValue(status.ends[partition]),
                        ]
                    }),
            ],
            "configuration": configuration,
        ]
        return document.render(pretty: true) + "\n"
    }
}
