import CommandLineKit
import HTTPServer
import Kafka
import Realtime
import Telemetry

/// What an administrator can ask and do over HTTP, beside metrics and health, with a token of its own.
struct AdminAPI: Sendable {
    private struct Refusal: Error {
        let status: Int
        let message: String
    }

    let token: AdminToken
    let questions: LoopQuestions
    let publisher: TestPublisher
    let logger: Logger

    func register(in router: inout Router) {
        let api = self
        router.get("/admin/channels") { request in
            api.answer(request) { () throws(Refusal) in try api.channels(request) }
        }
        router.get("/admin/connections") { request in
            api.answer(request) { () throws(Refusal) in try api.connections(request) }
        }
        router.delete("/admin/users/{userId}/connections") { request in
            api.answer(request) { () throws(Refusal) in try api.disconnect(request) }
        }
        router.post("/admin/messages") { request in
            api.answer(request) { () throws(Refusal) in try api.publish(request) }
        }
    }

    private func answer(_ request: HTTPRequest, _ work: () throws(Refusal) -> JSONValue) -> HTTPResponse {
        var response: HTTPResponse
        if !token.allows(request) {
            response = Self.document(["error": "the admin token is needed"], status: 401)
            response.headers.append((name: "WWW-Authenticate", value: "Bearer"))
        } else {
            do throws(Refusal) { response = Self.document(try work(), status: 200) } catch {
                response = Self.document(["error": JSONValue(error.message)], status: error.status)
            }
        }
        response.headers.append((name: "Cache-Control", value: "no-store"))
        return response
    }

    private static func document(_ value: JSONValue, status: Int) -> HTTPResponse {
        .json(value.render(pretty: true), status: status)
    }

    private static func limit(_ request: HTTPRequest) throws(Refusal) -> Int {
        guard let text = request.queryValue("limit") else { return 100 }
        guard let limit = Int(text), (1...10_000).contains(limit) else {
            throw Refusal(status: 400, message: "limit is not a number from 1 to 10000")
        }
        return limit
    }

    /// The channels with the most subscribers.
    private func channels(_ request: HTTPRequest) throws(Refusal) -> JSONValue {
        let limit = try Self.limit(request)
        var counts: [String: Int] = [:]
        let answers = questions.ask { runtime in
            var counts: [String: Int] = [:]
            runtime.hub?.forEachChannel { counts[$0.text] = $1 }
            return counts
        }
        for answer in answers { counts.merge(answer) { $0 + $1 } }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(limit)
        return [
            "total": JSONValue(counts.count),
            "channels": .array(
                sorted.map { channel -> JSONValue in
                    ["channel": JSONValue(channel.key), "connections": JSONValue(channel.value)]
                }),
        ]
    }

    private func connections(_ request: HTTPRequest) throws(Refusal) -> JSONValue {
        let limit = try Self.limit(request)
        let user = request.queryValue("user")
        let answers = questions.ask { runtime -> (total: Int, reports: [LoopHub.ClientReport]) in
            guard let hub = runtime.hub else { return (0, []) }
            let reports = hub.reports(limit: user == nil ? limit : .max, now: runtime.now)
            return (hub.clientCount, reports.filter { user == nil || $0.user == user })
        }
        let reports = answers.flatMap(\.reports).prefix(limit)
        return [
            "total": JSONValue(answers.reduce(0) { $0 + $1.total }),
            "connections": .array(
                reports.map { report -> JSONValue in
                    [
                        "connection": JSONValue(report.connection), "user": JSONValue(report.user),
                        "transport": JSONValue(report.form.label),
                        "channels": .array(report.channels.map { JSONValue($0.text) }),
                        "connected_ms": JSONValue(report.connectedFor), "blocked": JSONValue(report.isBlocked),
                        "behind_events": JSONValue(report.behind),
                    ]
                }),
        ]
    }

    private func disconnect(_ request: HTTPRequest) throws(Refusal) -> JSONValue {
        let user = request.parameters["userId"] ?? ""
        let closed = questions.ask { runtime in
            runtime.hub?.disconnect(user: user, reason: "disconnected by an administrator", now: runtime.now) ?? 0
        }.reduce(0, +)
        logger.warning("an administrator disconnected a user", [.count: .int(closed)])
        return ["disconnected": JSONValue(closed)]
    }

    private func publish(_ request: HTTPRequest) throws(Refusal) -> JSONValue {
        let message: TestMessage
        do throws(TestMessage.Fault) { message = try TestMessage(request.body) } catch {
            throw Refusal(status: 400, message: error.description)
        }
        do throws(KafkaError) { try publisher.publish(message) } catch {
            throw Refusal(status: 503, message: "the message was not written: \(error)")
        }
        logger.info("an administrator published a test message", [.eventID: .string(message.eventID)])
        return [
            "event_id": JSONValue(message.eventID), "event_type": JSONValue(message.eventType),
            "channels": .array(message.channels.map { JSONValue($0.text) }),
        ]
    }
}

extension ClientForm {
    /// In metrics and answers.
    var label: String {
        switch self {
        case .webSocket: "websocket"
        case .eventStream: "sse"
        case .userStream: "sse_user"
        }
    }
}
