/// Where a Redis server is and how to sign in: `redis://[[user]:password@]host[:port][/database]`, parts percent-encoded as in any URL.
///
/// Not printable: nothing shows the password by accident.
public struct RedisURL: Sendable {
    let host: String
    let port: Int32
    let user: String?
    let password: String?
    let database: Int

    /// Throws what is wrong without quoting the text, which may hold a password.
    ///
    /// - Parameter password: wins over that of the URL.
    public init(_ text: String, password: String? = nil) throws(EndpointError) {
        guard text.hasPrefix("redis://") else {
            throw EndpointError(
                text.hasPrefix("rediss://")
                    ? "rediss:// is not possible: this hiredis knows no TLS; use redis:// through a TLS tunnel"
                    : "a Redis URL begins with redis://")
        }
        var rest = text.dropFirst("redis://".count)
        var database = 0
        if let slash = rest.firstIndex(of: "/") {
            let digits = rest[rest.index(after: slash)...]
            rest = rest[..<slash]
            if !digits.isEmpty {
                guard let number = Int(digits), number >= 0 else {
                    throw EndpointError("the database of a Redis URL is a number")
                }
                database = number
            }
        }
        self.database = database
        let named: String?
        (user, named, rest) = try Self.credentials(rest)
        self.password = password ?? named
        (host, port) = try Self.address(rest)
    }

    private static func credentials(_ text: Substring) throws(EndpointError) -> (String?, String?, Substring) {
        guard let at = text.lastIndex(of: "@") else { return (nil, nil, text) }
        let (before, after) = (text[..<at], text[text.index(after: at)...])
        guard let colon = before.firstIndex(of: ":") else {
            throw EndpointError("a Redis URL names a user without a password; a password alone is written :password@")
        }
        guard let user = decoded(before[..<colon]), let password = decoded(before[before.index(after: colon)...]) else {
            throw EndpointError("user or password of a Redis URL are not percent-encoded correctly")
        }
        return (user.isEmpty ? nil : user, password.isEmpty ? nil : password, after)
    }

    private static func address(_ text: Substring) throws(EndpointError) -> (String, Int32) {
        var host = text
        var port: Int32 = 6379
        // The colons of an IPv6 address stand in brackets.
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            guard let number = UInt16(text[text.index(after: colon)...]), number > 0 else {
                throw EndpointError("the port of a Redis URL is a number from 1 to 65535")
            }
            port = Int32(number)
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return (host.isEmpty ? "127.0.0.1" : String(host), port)
    }

    /// nil for a % that is not followed by two hexadecimal digits.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
