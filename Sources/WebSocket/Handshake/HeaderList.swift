/// Header fields by name, whatever its letter case, and lists in them (RFC 9110, section 5.6.1).
struct HeaderList {
    private let fields: [(name: String, value: String)]

    init(_ fields: [(name: String, value: String)]) { self.fields = fields }

    /// The values of all fields of this name, blanks around them removed.
    func values(_ name: String) -> [String] {
        fields.filter { Self.isSame($0.name, name) }.map { String(Self.trimmed(Substring($0.value))) }
    }

    /// The items of all fields of this name in their order; empty ones are left out, as readers of lists have to do.
    func items(_ name: String) -> [String] {
        values(name).flatMap { $0.split(separator: ",").map { String(Self.trimmed($0)) } }.filter { !$0.isEmpty }
    }

    func hasItem(_ name: String, _ wanted: String) -> Bool {
        items(name).contains { Self.isSame($0, wanted) }
    }

    /// A token of RFC 9110: what a subprotocol's name has to be.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { isTokenByte($0) }
    }

    static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.count == other.utf8.count && zip(one.utf8, other.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.utf8.first, isBlank(first) { text.removeFirst() }
        while let last = text.utf8.last, isBlank(last) { text.removeLast() }
        return text
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
