/// Breaks a JSON text into indented lines. Every token stays as it came: nothing is parsed, sorted or rewritten.
public enum JSONIndent {
    /// The lines; a text that is no object or array, or not JSON at all, comes back as it is.
    public static func lines(_ text: String) -> [String] {
        guard text.first == "{" || text.first == "[" else { return [text] }
        var lines: [String] = []
        var line = ""
        var depth = 0
        var isInString = false
        var isEscaped = false
        func endLine() {
            lines.append(line)
            line = String(repeating: "  ", count: depth)
        }
        for scalar in text.unicodeScalars {
            if isInString {
                line.unicodeScalars.append(scalar)
                if isEscaped {
                    isEscaped = false
                } else if scalar == "\\" {
                    isEscaped = true
                } else if scalar == "\"" {
                    isInString = false
                }
                continue
            }
            switch scalar {
            case " ", "\t", "\n", "\r": continue
            case "{", "[":
                line.unicodeScalars.append(scalar)
                depth += 1
                endLine()
            case "}", "]":
                depth = max(0, depth - 1)
                endLine()
                line.unicodeScalars.append(scalar)
            case ",":
                line += ","
                endLine()
            case ":": line += ": "
            default:
                isInString = scalar == "\""
                line.unicodeScalars.append(scalar)
            }
        }
        lines.append(line)
        return lines.filter { line in line.contains { $0 != " " } }
    }
}
