/// What a browser says in `Origin` (RFC 6454): scheme, host, port.
struct Origin: Hashable {
    let scheme: String
    /// Lower case; an IPv6 address with its brackets.
    let host: String
    /// Nil: the usual port of the scheme.
    let port: Int?

    /// Nil for `null` and for everything that a browser does not send.
    init?(_ text: String) {
        guard let mark = text.range(of: "://") else { return nil }
        let scheme = text[..<mark.lowerBound].lowercased()
        guard !scheme.isEmpty, scheme.utf8.allSatisfy({ Self.isLetterOrDigit($0) || "+-.".utf8.contains($0) }),
            let place = HostPort(String(text[mark.upperBound...]))
        else { return nil }
        self.scheme = scheme
        host = place.host
        port = place.port == Self.usualPort(scheme) ? nil : place.port
    }

    static func usualPort(_ scheme: String) -> Int? {
        switch scheme {
        case "http", "ws": 80
        case "https", "wss": 443
        default: nil
        }
    }

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
