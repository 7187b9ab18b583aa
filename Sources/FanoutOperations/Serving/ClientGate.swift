import HTTPServer
import Realtime
import RealtimeAccess
import WebSocket

/// Decides who is let in. One for all loops.
struct ClientGate: Sendable {
    /// A client that is let in.
    struct Admission {
        let opening: ClientOpening
        /// Its place among its user's connections; nil for somebody without a name.
        let lease: UserTable.Lease?
    }

    struct Refusal: Error {
        let response: HTTPResponse
    }

    let rules: AccessRules
    let session: SessionLimits
    let origins: OriginRules
    /// nil: everybody sees everything.
    let verifier: TokenVerifier?
    let users: UserTable
    let state: ServingState
    let refusals: RefusalCounts

    /// Decides on a request for a stream; its form and the upgrade, if it is one, are known.
    func admit(
        _ request: HTTPRequest, _ form: ClientForm, offered: [String] = []
    ) throws(Refusal) -> Admission {
        let grant = try grant(request, offered)
        let connect = ConnectRequest(
            form: form, query: request.query, lastEventID: request.header("Last-Event-ID"), user: request.parameters["userId"])
        switch ConnectDecision(connect, grant: grant, rules: rules, limits: session) {
        case .refuse(let status, let fault): throw refusal(status, fault.code.rawValue, fault.message, request)
        case .accept(let opening):
            guard let user = grant?.user else { return Admission(opening: opening, lease: nil) }
            guard let lease = users.lease(user) else {
                throw refusal(429, "too_many_connections", "this user has as many connections as allowed", request, retry: 10)
            }
            return Admission(opening: opening, lease: lease)
        }
    }

    /// Whether this instance takes clients now, and this page's.
    func checkPlace(_ request: HTTPRequest) throws(Refusal) {
        guard origins.allows(origin: request.header("Origin"), host: request.header("Host")) else {
            throw refusal(403, "origin", "pages of this origin may not connect", request)
        }
        switch state.phase {
        case .open: break
        case .loading: throw refusal(503, "starting", "the history is not loaded yet", request, retry: 1)
        case .draining: throw refusal(503, "restarting", "this instance is being stopped", request, retry: 1)
        }
    }

    /// What the client's token says; nil for somebody without one, who may be let in all the same.
    func grant(_ request: HTTPRequest, _ offered: [String] = []) throws(Refusal) -> AccessGrant? {
        guard let verifier, let token = PresentedToken.find(in: request, offered: offered) else { return nil }
        do throws(TokenRefusal) {
            return AccessGrant(try verifier.verify(token))
        } catch {
            refusals.count(error.reason)
            throw refusal(401, error.reason.rawValue, error.description, request)
        }
    }

    /// What a client's new token says; nil when it is refused.
    func refreshed(_ token: String) -> AccessGrant? {
        guard let verifier else { return nil }
        do throws(TokenRefusal) { return AccessGrant(try verifier.verify(token)) } catch {
            refusals.count(error.reason)
            return nil
        }
    }

    func refusal(
        _ status: Int, _ code: String, _ message: String, _ request: HTTPRequest, retry: Int? = nil,
        headers: [(name: String, value: String)] = []
    ) -> Refusal {
        refusals.count(status: status)
        var response = HTTPResponse.json("{\"error\":\"\(code)\",\"message\":\"\(message)\"}\n", status: status)
        response.headers = cors(request) + headers + [(name: "Cache-Control", value: "no-store")]
        if let retry { response.headers.append((name: "Retry-After", value: String(retry))) }
        if status == 401 { response.headers.append((name: "WWW-Authenticate", value: "Bearer")) }
        return Refusal(response: response)
    }

    func cors(_ request: HTTPRequest) -> [(name: String, value: String)] {
        origins.corsHeaders(origin: request.header("Origin"), host: request.header("Host"))
    }
}

extension AccessGrant {
    init(_ grant: TokenGrant) {
        self.init(
            user: grant.user, channels: grant.channels.compactMap { ChannelPattern($0) }, expiresAt: grant.expiresAt,
            endsAt: grant.endsAt)
    }
}
