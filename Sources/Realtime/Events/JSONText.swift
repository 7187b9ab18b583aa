/// Writes JSON, as far as the server's own messages need it.
enum JSONText {
    private static let digits = Array("0123456789abcdef".utf8)

    /// `text` as a JSON string, with its quotes.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// `names` as an array of strings.
    static func append(_ names: some Sequence<ChannelName>, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "["))
        var isFirst = true
        for name in names {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            append(name.text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }
}
