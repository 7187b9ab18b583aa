/// Which pages may connect. Browsers let every page open a WebSocket to anywhere, with the cookies of there; only the server can refuse.
///
/// Rules are `same-origin` (the page came from the host that it connects to), `https://shop.example`, `https://*.shop.example` (any depth
/// below, not the name itself), and `*`. A client without `Origin` is no page and passes: it could claim any.
public struct OriginRules: Hashable, Sendable {
    private enum Rule: Hashable, Sendable {
        case any
        case sameOrigin
        case exact(scheme: String, host: String, port: Int?)
        case below(scheme: String, suffix: String, port: Int?)
    }

    private let rules: [Rule]

    /// Only pages of our own host.
    public static let sameOrigin = OriginRules(rules: [.sameOrigin])

    private init(rules: [Rule]) { self.rules = rules }

    /// An empty list is `same-origin`. Throws a sentence that names the rule that is none.
    public init(_ texts: [String]) throws(OriginRuleError) {
        var rules: [Rule] = []
        for text in texts { rules.append(try Self.rule(text)) }
        self.rules = rules.isEmpty ? [.sameOrigin] : rules
    }

    /// Whether a page of this origin may connect; `host` is the request's `Host`. Nil: the request has no such field.
    public func allows(origin text: String?, host: String?) -> Bool {
        guard let text else { return true }
        if rules.contains(.any) { return true }
        guard let origin = Origin(text) else { return false }
        return rules.contains { rule in
            switch rule {
            case .any: true
            case .sameOrigin: host.flatMap { HostPort($0) }.map { Self.isSame(origin, $0) } ?? false
            case .exact(let scheme, let host, let port):
                origin.scheme == scheme && origin.host == host && origin.port == port
            case .below(let scheme, let suffix, let port):
                origin.scheme == scheme && origin.host.hasSuffix(suffix) && origin.host.utf8.count > suffix.utf8.count
                    && origin.port == port
            }
        }
    }

    /// Header fields that let a page of another origin read the answer; none for requests without an origin or with a refused one.
    public func corsHeaders(origin: String?, host: String?) -> [(name: String, value: String)] {
        guard let origin, allows(origin: origin, host: host), origin.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return [(name: "Vary", value: "Origin")]
        }
        return [
            (name: "Access-Control-Allow-Origin", value: origin), (name: "Access-Control-Expose-Headers", value: "Retry-After"),
            (name: "Vary", value: "Origin"),
        ]
    }

    /// A proxy that ends TLS speaks plain HTTP to us, so the scheme is not compared; the ports are, the usual ones left out.
    private static func isSame(_ origin: Origin, _ host: HostPort) -> Bool {
        let port = host.port == Origin.usualPort(origin.scheme) ? nil : host.port
        return origin.host == host.host && origin.port == port
    }

    private static func rule(_ text: String) throws(OriginRuleError) -> Rule {
        if text == "*" { return .any }
        if text == "same-origin" { return .sameOrigin }
        let isBelow = text.range(of: "://*.") != nil
        guard let origin = Origin(isBelow ? text.replacingFirst("://*.", with: "://") : text) else { throw OriginRuleError(text) }
        return isBelow
            ? .below(scheme: origin.scheme, suffix: "." + origin.host, port: origin.port)
            : .exact(scheme: origin.scheme, host: origin.host, port: origin.port)
    }
}
