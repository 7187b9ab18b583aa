/// Where a server listens.
public struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    struct Failure: Error {
        let reason: String
    }

    /// A name, an IPv4 address, or an IPv6 address without its brackets.
    public let host: String
    /// 0 takes any free port.
    public let port: UInt16

    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    init(_ text: String) throws(Failure) {
        let host: Substring
        let rest: Substring
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw Failure(reason: "has no closing bracket") }
            host = text[..<end].dropFirst()
            rest = text[text.index(after: end)...]
            guard host.contains(":") else { throw Failure(reason: "has no IPv6 address in its brackets") }
        } else {
            host = text.prefix { $0 != ":" }
            rest = text.dropFirst(host.count)
            guard rest.filter({ $0 == ":" }).count <= 1 else { throw Failure(reason: "is an IPv6 address without brackets") }
        }
        guard !host.isEmpty else { throw Failure(reason: "names no host; all interfaces are 0.0.0.0 or [::]") }
        guard host.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { throw Failure(reason: "has a strange character") }
        let digits = rest.dropFirst()
        guard rest.first == ":", digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits) else {
            throw Failure(reason: "has no port from 0 to 65535 behind a colon")
        }
        self.init(host: String(host), port: port)
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
