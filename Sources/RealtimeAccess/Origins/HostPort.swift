/// A host with an optional port, as in `Host` and behind the scheme of an origin.
struct HostPort: Hashable {
    /// Lower case, without a final dot; an IPv6 address with its brackets.
    let host: String
    let port: Int?

    init?(_ text: String) {
        var bytes = Array(text.utf8)[...]
        var host: [UInt8] = []
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = Array(bytes[...end])
            guard host.dropFirst().dropLast().allSatisfy({ Self.isOfAddress($0) }), host.count > 2 else { return nil }
            bytes = bytes[(end + 1)...]
        } else {
            host = Array(bytes.prefix { $0 != UInt8(ascii: ":") })
            bytes = bytes.dropFirst(host.count)
            if host.last == UInt8(ascii: ".") { host.removeLast() }
            guard !host.isEmpty, host.allSatisfy({ Origin.isLetterOrDigit($0) || "-._".utf8.contains($0) }) else { return nil }
        }
        if bytes.isEmpty {
            port = nil
        } else {
            let digits = bytes.dropFirst()
            guard bytes.first == UInt8(ascii: ":"), (1...5).contains(digits.count),
                digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let number = Int(String(decoding: digits, as: UTF8.self)), (1...65535).contains(number)
            else { return nil }
            port = number
        }
        self.host = String(decoding: host, as: UTF8.self).lowercased()
    }

    private static func isOfAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
