/// A request as a handler sees it: text, decoded. Bytes that are no UTF-8 appear as U+FFFD.
public struct HTTPRequest: Sendable {
    /// Upper case: `GET`, `HEAD`.
    public var method: String
    /// The percent-decoded path without the query; `/` when the client sent none.
    public var path: String
    /// Names and values of the query, decoded, in their order. A name without `=` has an empty value.
    public var query: [(name: String, value: String)]
    /// Header fields in their order, names as they came.
    public var headers: [(name: String, value: String)]
    /// The body as it came, without chunks; never longer than the limit.
    public var body: [UInt8]
    /// The values of the route's places: `userId` for `/users/{userId}`, decoded. A value cannot hold a slash.
    public var parameters: [String: String] = [:]
    /// The numeric address of the other side of the connection, which may be a proxy.
    public var peer = ""
    /// Whether the connection is encrypted up to this process.
    public var isTLS = false

    public init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The first header field of this name, whatever its letter case.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// The first value of this name in the query.
    public func queryValue(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}
