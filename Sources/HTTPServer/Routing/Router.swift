/// Finds the handler of a request. A value without any I/O, so that routing can be tested without a server.
///
/// A path is exact (`/metrics`) or a pattern: in `/api/sse/subscribe/{userId}` the last part may be anything, and the handler
/// finds it in `request.parameters["userId"]`. An exact path wins over patterns, and of those the one that was registered first.
public struct Router: Sendable {
    /// Runs on a loop's thread, on several at the same time when the server has several loops, and has to be short: it renders
    /// what other threads publish, and waits for nothing.
    public typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse
    /// As `Handler`, but may keep the connection. The stream lives on the loop that is given.
    public typealias StreamHandler = @Sendable (HTTPRequest, ServerLoop) -> StreamAnswer

    enum Action: Sendable {
        case respond(Handler)
        case stream(StreamHandler)
    }

    enum Resolution {
        case found(Action, HTTPRequest)
        case refused(HTTPResponse)
    }

    private struct Route: Sendable {
        var actions: [String: Action] = [:]
    }

    private var exact: [String: Route] = [:]
    private var patterns: [(pattern: RoutePattern, route: Route)] = []

    public init() {}

    /// Answers GET, and HEAD without the body. A second handler for a path and method replaces the first.
    public mutating func get(_ path: String, _ handler: @escaping Handler) {
        on("GET", path, handler)
    }

    public mutating func post(_ path: String, _ handler: @escaping Handler) {
        on("POST", path, handler)
    }

    public mutating func put(_ path: String, _ handler: @escaping Handler) {
        on("PUT", path, handler)
    }

    public mutating func delete(_ path: String, _ handler: @escaping Handler) {
        on("DELETE", path, handler)
    }

    /// Answers the requests of one method, written in capitals: one of those that HTTP names, but not CONNECT.
    public mutating func on(_ method: String, _ path: String, _ handler: @escaping Handler) {
        set(.respond(handler), method, path)
    }

    /// Answers GET with a stream, or with an ordinary answer when the handler so decides.
    public mutating func stream(_ path: String, _ handler: @escaping StreamHandler) {
        set(.stream(handler), "GET", path)
    }

    /// The answer to a request: the handler's, 404 for an unknown path, 405 with `Allow` for another method. A stream cannot be
    /// opened here: 501 then.
    public func respond(to request: HTTPRequest) -> HTTPResponse {
        switch resolve(request) {
        case .found(.respond(let handler), let request): handler(request)
        case .found(.stream, _): .json("{\"error\":\"needs a connection\"}\n", status: 501)
        case .refused(let response): response
        }
    }

    /// Finds what is to be done, and fills in the parameters.
    func resolve(_ request: HTTPRequest) -> Resolution {
        guard let (route, parameters) = find(request.path) else {
            return .refused(.json("{\"error\":\"not found\"}\n", status: 404))
        }
        var request = request
        request.parameters = parameters
        if let action = route.actions[request.method] {
            return .found(action, request)
        }
        if request.method == "HEAD", case .respond(let handler) = route.actions["GET"] {
            return .found(.respond(handler), request)
        }
        var refusal = HTTPResponse.json("{\"error\":\"method not allowed\"}\n", status: 405)
        refusal.headers.append((name: "Allow", value: Self.allowed(by: route)))
        return .refused(refusal)
    }

    private func find(_ path: String) -> (route: Route, parameters: [String: String])? {
        if let route = exact[path] { return (route, [:]) }
        for (pattern, route) in patterns {
            if let parameters = pattern.match(path) { return (route, parameters) }
        }
        return nil
    }

    private mutating func set(_ action: Action, _ method: String, _ path: String) {
        let pattern = RoutePattern(path)
        if pattern.isLiteral {
            exact[path, default: Route()].actions[method] = action
        } else if let index = patterns.firstIndex(where: { $0.pattern == pattern }) {
            patterns[index].route.actions[method] = action
        } else {
            patterns.append((pattern, Route(actions: [method: action])))
        }
    }

    private static func allowed(by route: Route) -> String {
        var methods = Set(route.actions.keys)
        if case .respond = route.actions["GET"] {
            methods.insert("HEAD")
        }
        return methods.sorted().joined(separator: ", ")
    }
}
