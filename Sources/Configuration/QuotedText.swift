/// Values from a configuration as they appear in a message.
enum QuotedText {
    /// In double quotes, controls as escapes, cut to a readable length.
    static func quoted(_ text: some StringProtocol) -> String {
        let shown = text.count > 60 ? printable(text.prefix(60)) + "…" : printable(text)
        return "\"\(shown)\""
    }

    /// Control characters as escapes, so that a message stays one line and cannot move a cursor.
    static func printable(_ text: some StringProtocol) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format {
                result += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
