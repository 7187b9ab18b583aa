/// A request as a handler sees it: text, decoded. Bytes that are no UTF-8 appear as U+FFFD.
public struct HTTPRequest: Sendable {
    /// Upper case, as it came: `GET`, `HEAD`.
    public var method: String
    /// The percent-decoded path without the query; `/` when the client sent none.
    public var path: String
    /// Names and values of the query, decoded, in their order. A name without `=` has an empty value.
    public var query: [(name: String, value: String)]
    /// Header fields in their order, names as they came.
    public var headers: [(name: String, value: String)]

    public init(
        method: String, path: String, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
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
