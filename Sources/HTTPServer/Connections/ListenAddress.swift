import Glibc

/// Where a server listens: one numeric address, or all of them, and a port.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    enum Host: Sendable, Hashable {
        /// Every address of the machine, IPv4 and IPv6.
        case any
        case ipv4(String)
        case ipv6(String)
    }

    let host: Host
    /// 0 lets the kernel choose.
    public let port: UInt16

    /// Reads a setting: `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464`, `:9464` for every address, `off`.
    ///
    /// Names other than localhost are refused: what they resolve to may change between two starts.
    ///
    /// - Returns: nil for `off`.
    public static func parse(_ text: String) throws(ListenAddressError) -> ListenAddress? {
        if text == "off" { return nil }
        guard let colon = text.lastIndex(of: ":") else { throw ListenAddressError(text: text) }
        let name = String(text[..<colon])
        let digits = text[text.index(after: colon)...]
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard isNumber, let port = UInt16(digits) else { throw ListenAddressError(text: text) }
        switch name {
        case "", "*":
            return ListenAddress(host: .any, port: port)
        case "localhost":
            return ListenAddress(host: .ipv4("127.0.0.1"), port: port)
        case _ where name.hasPrefix("[") && name.hasSuffix("]"):
            let inner = String(name.dropFirst().dropLast())
            var address = in6_addr()
            guard inet_pton(AF_INET6, inner, &address) == 1 else { throw ListenAddressError(text: text) }
            return ListenAddress(host: .ipv6(inner), port: port)
        default:
            var address = in_addr()
            guard inet_pton(AF_INET, name, &address) == 1 else { throw ListenAddressError(text: text) }
            return ListenAddress(host: .ipv4(name), port: port)
        }
    }

    public var description: String {
        switch host {
        case .any: ":\(port)"
        case .ipv4(let address): "\(address):\(port)"
        case .ipv6(let address): "[\(address)]:\(port)"
        }
    }
}
