/// Percent-decoding of what a client sent (RFC 3986, section 2.1). Nothing a client sends makes it fail.
enum PercentEncoding {
    /// Decodes `%41` to `A`. An incomplete or wrong escape stays as it is; what is no UTF-8 becomes U+FFFD.
    ///
    /// - Parameter plusIsBlank: as in a query, where forms write a blank as `+`.
    static func decode(_ text: some Sequence<UInt8>, plusIsBlank: Bool) -> String {
        let bytes = Array(text)
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = hexValue(bytes[index + 1]), let low = hexValue(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(plusIsBlank && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Splits and decodes `a=1&b=2`.
    static func query(_ text: some Sequence<UInt8>) -> [(name: String, value: String)] {
        Array(text).split(separator: UInt8(ascii: "&")).map { pair in
            let equals = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            return (
                name: decode(pair[..<equals], plusIsBlank: true), value: decode(pair[equals...].dropFirst(), plusIsBlank: true)
            )
        }
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
