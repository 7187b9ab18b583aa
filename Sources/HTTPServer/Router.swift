/// Finds the handler of a request. A value without any I/O, so that routing can be tested without a server.
public struct Router: Sendable {
    /// Runs on the server's thread and has to be short: it renders what other threads publish, and waits for nothing.
    public typealias Handler = @Sendable (HTTPRequest) -> HTTPResponse

    private var handlers: [String: Handler] = [:]

    public init() {}

    /// Answers GET, and HEAD without the body, of exactly this path. A second handler for a path replaces the first.
    public mutating func get(_ path: String, _ handler: @escaping Handler) {
        handlers[path] = handler
    }

    /// The answer to a request: the handler's, 404 for an unknown path, 405 with `Allow` for another method.
    public func respond(to request: HTTPRequest) -> HTTPResponse {
        guard let handler = handlers[request.path] else {
            return .json("{\"error\":\"not found\"}\n", status: 404)
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            var refusal = HTTPResponse.json("{\"error\":\"method not allowed\"}\n", status: 405)
            refusal.headers.append((name: "Allow", value: "GET, HEAD"))
            return refusal
        }
        return handler(request)
    }
}
