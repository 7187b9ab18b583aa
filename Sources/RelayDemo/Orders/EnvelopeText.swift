/// Finds single members in the JSON texts that the demo itself has written: their names occur once, and nothing in them is escaped.
enum EnvelopeText {
    /// The digits behind a member's name; nil when there are none. PostgreSQL's `jsonb` chooses order and blanks anew.
    static func number(_ name: String, in value: [UInt8]) -> Int? {
        guard let start = end(of: "\"\(name)\":", in: value) else { return nil }
        let digits = value[start...].drop { $0 == UInt8(ascii: " ") }.prefix { (48...57).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// The text behind a member's name; nil when there is none.
    static func text(_ name: String, in value: [UInt8]) -> String? {
        guard let start = end(of: "\"\(name)\":", in: value) else { return nil }
        let rest = value[start...].drop { $0 == UInt8(ascii: " ") }
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        return String(decoding: rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    private static func end(of name: String, in value: [UInt8]) -> Int? {
        let name = Array(name.utf8)
        guard value.count > name.count else { return nil }
        for start in 0...(value.count - name.count) where value[start..<(start + name.count)].elementsEqual(name) {
            return start + name.count
        }
        return nil
    }
}
