/// Recognises UUIDs. Pure.
enum UUIDText {
    /// The text in lower case when it is a UUID of 8-4-4-4-12 hexadecimal digits.
    static func normalised(_ text: String) -> String? {
        var text = text
        enum Finding { case wrong, lower, mixed }
        let finding = text.withUTF8 { bytes -> Finding in
            guard bytes.count == 36 else { return .wrong }
            var isLower = true
            for index in 0..<36 {
                let byte = bytes[index]
                if index == 8 || index == 13 || index == 18 || index == 23 {
                    guard byte == UInt8(ascii: "-") else { return .wrong }
                } else if byte &- UInt8(ascii: "0") <= 9 || byte &- UInt8(ascii: "a") <= 5 {
                    continue
                } else if byte &- UInt8(ascii: "A") <= 5 {
                    isLower = false
                } else {
                    return .wrong
                }
            }
            return isLower ? .lower : .mixed
        }
        switch finding {
        case .wrong: return nil
        case .lower: return text
        case .mixed: return text.lowercased()
        }
    }
}
