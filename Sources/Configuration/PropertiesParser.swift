/// Reads the text of a `.properties` file (java.util.Properties, load): `key=value`, `key: value` or `key value`, comments
/// after `#` or `!`, a backslash at the end of a line continues it, escapes `\t \n \r \f \uXXXX` and `\` before any other
/// character.
///
/// Stricter than Java where Java hides a slip: a line without a value, a broken `\u` escape and a key given twice are errors, and
/// blanks at the end of a value are dropped unless escaped.
struct PropertiesParser {
    /// One `key=value`.
    struct Entry: Equatable {
        let key: String
        let value: String
        /// The line it begins on, counted from 1.
        let line: Int
    }

    /// One unreadable line.
    struct Failure: Equatable {
        let line: Int
        let message: String
    }

    private(set) var entries: [Entry] = []
    private(set) var failures: [Failure] = []

    init(_ text: String) {
        var logical: [Unicode.Scalar] = []
        var firstLine = 0
        var isContinued = false
        for (index, line) in Self.lines(of: text).enumerated() {
            let content = line.drop(while: Self.isBlank)
            if isContinued {
                logical += content
            } else {
                guard let first = content.first, first != "#", first != "!" else { continue }
                logical = Array(content)
                firstLine = index + 1
            }
            isContinued = content.reversed().prefix { $0 == "\\" }.count % 2 == 1
            if isContinued {
                logical.removeLast()
            } else {
                parse(logical, line: firstLine)
            }
        }
        if isContinued { parse(logical, line: firstLine) }
    }

    private mutating func parse(_ scalars: [Unicode.Scalar], line: Int) {
        var index = 0
        let key: String
        let value: String
        do throws(Broken) {
            key = try Self.unescape(scalars, &index, until: { $0 == "=" || $0 == ":" || Self.isBlank($0) })
            let endOfKey = index
            while index < scalars.count, Self.isBlank(scalars[index]) { index += 1 }
            if index < scalars.count, scalars[index] == "=" || scalars[index] == ":" {
                index += 1
                while index < scalars.count, Self.isBlank(scalars[index]) { index += 1 }
            } else if index == scalars.count {
                index = endOfKey
                throw Broken(message: "the line has no value: write key=value, or key= for an empty value")
            }
            value = try Self.unescape(Self.trimmed(scalars, from: index), &index, until: { _ in false })
        } catch {
            failures.append(Failure(line: line, message: error.message))
            return
        }
        guard !key.isEmpty else {
            failures.append(Failure(line: line, message: "the key before the separator is empty"))
            return
        }
        entries.append(Entry(key: key, value: value, line: line))
    }

    private struct Broken: Error {
        let message: String
    }

    private static func trimmed(_ scalars: [Unicode.Scalar], from start: Int) -> [Unicode.Scalar] {
        var end = scalars.count
        while end > start, isBlank(scalars[end - 1]) {
            let backslashes = scalars[start..<(end - 1)].reversed().prefix { $0 == "\\" }.count
            if backslashes % 2 == 1 { break }
            end -= 1
        }
        return Array(scalars[..<end])
    }

    private static func unescape(
        _ scalars: [Unicode.Scalar], _ index: inout Int, until isEnd: (Unicode.Scalar) -> Bool
    ) throws(Broken) -> String {
        var result = ""
        while index < scalars.count, !isEnd(scalars[index]) {
            let scalar = scalars[index]
            index += 1
            guard scalar == "\\", index < scalars.count else {
                result.unicodeScalars.append(scalar)
                continue
            }
            let escaped = scalars[index]
            index += 1
            switch escaped {
            case "t": result.append("\t")
            case "n": result.append("\n")
            case "r": result.append("\r")
            case "f": result.append("\u{C}")
            case "u": result.unicodeScalars.append(try unicodeEscape(scalars, &index))
            default: result.unicodeScalars.append(escaped)
            }
        }
        return result
    }

    /// `\uXXXX` is a UTF-16 code unit; two of them make one character beyond the first plane.
    private static func unicodeEscape(_ scalars: [Unicode.Scalar], _ index: inout Int) throws(Broken) -> Unicode.Scalar {
        let unit = try codeUnit(scalars, &index)
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, index + 1 < scalars.count, scalars[index] == "\\", scalars[index + 1] == "u" else {
            throw Broken(message: "a \\u escape is half of a surrogate pair")
        }
        index += 2
        let low = try codeUnit(scalars, &index)
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw Broken(message: "a \\u escape is half of a surrogate pair") }
        return scalar
    }

    private static func codeUnit(_ scalars: [Unicode.Scalar], _ index: inout Int) throws(Broken) -> UInt32 {
        let digits = scalars[index...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ $0.properties.isASCIIHexDigit }),
            let unit = UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
        else { throw Broken(message: "\\u needs four hexadecimal digits") }
        index += 4
        return unit
    }

    private static func lines(of text: String) -> [ArraySlice<Unicode.Scalar>] {
        let scalars = Array(text.unicodeScalars)
        var lines: [ArraySlice<Unicode.Scalar>] = []
        var start = 0
        for index in scalars.indices {
            let isLineEnd = scalars[index] == "\n" || scalars[index] == "\r"
            // Of "\r\n" the "\r" belongs to neither line.
            let isFirstOfTwo = scalars[index] == "\r" && index + 1 < scalars.count && scalars[index + 1] == "\n"
            guard isLineEnd, !isFirstOfTwo else { continue }
            let end = scalars[index] == "\n" && index > start && scalars[index - 1] == "\r" ? index - 1 : index
            lines.append(scalars[start..<end])
            start = index + 1
        }
        lines.append(scalars[start...])
        return lines
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\u{C}"
    }
}
