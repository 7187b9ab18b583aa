import FanoutPage
import HTTPServer
import Realtime
import RealtimeAccess
import WebSocket

/// What clients can ask for.
struct ClientRoutes: Sendable {
    let gate: ClientGate
    let runtimes: RuntimeTable
    let servesPage: Bool

    var router: Router {
        var router = Router()
        let routes = self
        router.stream("/ws") { request, loop in
            routes.answer { () throws(ClientGate.Refusal) in try routes.webSocket(request, loop) }
        }
        router.stream("/sse") { request, loop in
            routes.answer { () throws(ClientGate.Refusal) in try routes.eventStream(request, loop, .eventStream) }
        }
        router.stream("/api/sse/subscribe/{userId}") { request, loop in
            routes.answer { () throws(ClientGate.Refusal) in try routes.eventStream(request, loop, .userStream) }
        }
        router.stream("/api/realtime/cursor") { request, loop in
            routes.answer { () throws(ClientGate.Refusal) in try routes.cursor(request, loop) }
        }
        for path in ["/sse", "/api/sse/subscribe/{userId}", "/api/realtime/cursor"] {
            router.on("OPTIONS", path) { routes.preflight($0) }
        }
        for file in servesPage ? PageFiles.all : [PageFiles.clientModule] {
            router.get(file.path) { _ in Self.response(file) }
        }
        return router
    }

    private func answer(_ decide: () throws(ClientGate.Refusal) -> StreamAnswer) -> StreamAnswer {
        do throws(ClientGate.Refusal) { return try decide() } catch { return .respond(error.response) }
    }

    // MARK: Streams

    private func webSocket(_ request: HTTPRequest, _ loop: ServerLoop) throws(ClientGate.Refusal) -> StreamAnswer {
        let upgrade: WebSocketUpgrade
        do throws(WebSocketRefusal) {
            upgrade = try WebSocketUpgrade(
                method: request.method, headers: request.headers, subprotocols: [PresentedToken.subprotocol])
        } catch {
            throw gate.refusal(error.status, "handshake", error.reason, request, headers: error.headers)
        }
        try gate.checkPlace(request)
        let admission = try gate.admit(request, .webSocket, offered: upgrade.offeredSubprotocols)
        guard let runtime = runtimes[loop] else { throw gate.refusal(503, "starting", "not started yet", request, retry: 1) }
        let head = ResponseHead(status: 101, reason: "Switching Protocols", headers: upgrade.responseHeaders)
        return .accept(head: head) { stream in
            let client = WebSocketClient(stream, runtime, admission.lease)
            client.begin(admission.opening)
            return client
        }
    }

    private func eventStream(
        _ request: HTTPRequest, _ loop: ServerLoop, _ form: ClientForm
    ) throws(ClientGate.Refusal) -> StreamAnswer {
        try gate.checkPlace(request)
        let admission = try gate.admit(request, form)
        guard let runtime = runtimes[loop] else { throw gate.refusal(503, "starting", "not started yet", request, retry: 1) }
        return .accept(head: .eventStream(gate.cors(request))) { stream in
            let client = StreamClient(stream, runtime, admission.lease)
            client.begin(admission.opening)
            return client
        }
    }

    // MARK: Answers

    /// Where somebody stands who has everything up to now: a page asks for it, loads its state, and subscribes from there.
    private func cursor(_ request: HTTPRequest, _ loop: ServerLoop) throws(ClientGate.Refusal) -> StreamAnswer {
        try gate.checkPlace(request)
        guard try gate.grant(request) != nil || gate.rules.admitsAnonymous else {
            throw gate.refusal(401, "forbidden", "a token is needed", request)
        }
        guard let hub = runtimes[loop]?.hub else { throw gate.refusal(503, "starting", "not started yet", request, retry: 1) }
        var response = HTTPResponse.json("{\"cursor\":\"\(hub.cursor)\"}\n")
        response.headers = gate.cors(request) + [(name: "Cache-Control", value: "no-store")]
        return .respond(response)
    }

    /// What a browser asks before it sends a token from another site's page.
    private func preflight(_ request: HTTPRequest) -> HTTPResponse {
        guard gate.origins.allows(origin: request.header("Origin"), host: request.header("Host")) else {
            return gate.refusal(403, "origin", "pages of this origin may not connect", request).response
        }
        var response = HTTPResponse(status: 204, contentType: "text/plain")
        response.headers =
            gate.cors(request) + [
                (name: "Access-Control-Allow-Methods", value: "GET"),
                (name: "Access-Control-Allow-Headers", value: "Authorization, Last-Event-ID, Cache-Control"),
                (name: "Access-Control-Max-Age", value: "600"),
            ]
        return response
    }

    private static func response(_ file: PageFiles.File) -> HTTPResponse {
        HTTPResponse(
            contentType: file.contentType,
            headers: [
                (name: "Cache-Control", value: "no-cache"), (name: "X-Content-Type-Options", value: "nosniff"),
                (name: "Access-Control-Allow-Origin", value: "*"),
                (
                    name: "Content-Security-Policy",
                    value: "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"
                ),
            ], body: file.bytes)
    }
}
