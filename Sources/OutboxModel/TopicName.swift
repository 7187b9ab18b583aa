/// Kafka's rules for the name of a topic: 1 to 249 of the characters a-z, A-Z, 0-9, dot, underscore and dash; neither
/// "." nor "..".
public enum TopicName {
    /// The longest name, in bytes.
    public static let maximumLength = 249

    /// Whether Kafka takes the name.
    public static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        return unsafe isValid(bytes.span.bytes)
    }

    /// Whether Kafka takes the name in these bytes.
    public static func isValid(_ name: RawSpan) -> Bool {
        let count = name.byteCount
        guard count >= 1, count <= maximumLength else { return false }
        var onlyDots = true
        for index in 0..<count {
            let byte = unsafe name.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
            guard isAllowed(byte) else { return false }
            if byte != UInt8(ascii: ".") { onlyDots = false }
        }
        return !(onlyDots && count <= 2)
    }

    /// Whether a byte may stand in a name.
    static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
