/// Numbers as people read them.
enum NumberText {
    /// "12,345".
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// "1.4 s".
    static func seconds(nanoseconds: Int64) -> String { tenths(Double(nanoseconds) / 1e9) + " s" }

    /// "3.1 ms"; "-" for nil.
    static func milliseconds(_ value: Double?) -> String {
        value.map { tenths($0) + " ms" } ?? "-"
    }

    /// With one digit behind the point.
    static func tenths(_ value: Double) -> String {
        let scaled = Int((min(max(value, 0), 1e12) * 10).rounded())
        return "\(scaled / 10).\(scaled % 10)"
    }

    /// The text with blanks before it, to that many columns.
    static func padded(_ text: String, _ columns: Int) -> String {
        String(repeating: " ", count: max(0, columns - text.count)) + text
    }
}
