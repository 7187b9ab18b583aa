public import Configuration

/// Where a relay's HTTP port is asked.
public struct StatusAddress: Equatable, Sendable, CustomStringConvertible {
    public let host: String
    public let port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Where a relay with these settings listens, seen from the same machine: all interfaces means loopback.
    public init?(_ listen: ListenAddress?) {
        guard let listen, listen.port != 0 else { return nil }
        let host =
            switch listen.host {
            case "0.0.0.0": "127.0.0.1"
            case "::": "::1"
            default: listen.host
            }
        self.init(host: host, port: listen.port)
    }

    /// Reads `http://host:port`, with or without scheme and path; nil for anything else, https among it.
    public init?(url: String) {
        var rest = Substring(url)
        if let scheme = url.firstIndex(of: ":"), url[scheme...].hasPrefix("://") {
            guard url[..<scheme].lowercased() == "http" else { return nil }
            rest = url[url.index(scheme, offsetBy: 3)...]
        }
        rest = rest.prefix { $0 != "/" && $0 != "?" }
        guard !rest.contains("@") else { return nil }
        let host: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[..<end].dropFirst()
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest.dropFirst(host.count)
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        if rest.isEmpty {
            self.init(host: String(host), port: 9464)
        } else {
            guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    public var description: String { host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)" }
}
