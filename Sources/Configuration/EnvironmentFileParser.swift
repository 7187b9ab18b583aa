/// Reads the text of an env file as python-dotenv and Docker Compose do: `NAME=value`, `export NAME=value`, comments after
/// `#`, single quotes (taken as they are), double quotes (with `\n \t \r \" \\ \$`), and `${NAME}` or `${NAME:-default}`
/// outside single quotes.
///
/// `${NAME}` of a variable that is not set stays as it is: it may be a placeholder of one of our own settings.
struct EnvironmentFileParser {
    /// One variable.
    struct Entry: Equatable {
        let name: String
        let value: String
        /// Counted from 1.
        let line: Int
    }

    /// One unreadable line.
    struct Failure: Error, Equatable {
        let line: Int
        let message: String
    }

    private(set) var entries: [Entry] = []
    private(set) var failures: [Failure] = []
    private var known: [String: String]

    /// - Parameter environment: the process's variables, which win over those of the file when one is referred to.
    init(_ text: String, environment: [String: String]) {
        known = environment
        // A line end in CRLF files is one Character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            do throws(Failure) {
                guard let entry = try parse(String(line), line: index + 1) else { continue }
                entries.append(entry)
                if environment[entry.name] == nil { known[entry.name] = entry.value }
            } catch {
                failures.append(error)
            }
        }
    }

    private func parse(_ text: String, line: Int) throws(Failure) -> Entry? {
        var rest = Self.trimmed(text[...])
        if rest.isEmpty || rest.first == "#" { return nil }
        if rest.hasPrefix("export ") || rest.hasPrefix("export\t") { rest = Self.trimmed(rest.dropFirst(7)) }
        guard let equals = rest.firstIndex(of: "=") else {
            throw Failure(line: line, message: "there is no '=': write NAME=value")
        }
        let name = Self.trimmed(rest[..<equals])
        guard Self.isName(name) else {
            throw Failure(line: line, message: "what stands before the '=' is not a variable name")
        }
        let value = Self.trimmed(rest[rest.index(after: equals)...])
        return Entry(name: String(name), value: try self.value(value, line: line), line: line)
    }

    private func value(_ text: Substring, line: Int) throws(Failure) -> String {
        guard let quote = text.first, quote == "'" || quote == "\"" else {
            var plain = Self.withoutComment(text)
            return take(from: &plain, until: nil)
        }
        var rest = text.dropFirst()
        let result = take(from: &rest, until: quote)
        guard rest.first == quote else { throw Failure(line: line, message: "the closing \(quote) is missing") }
        let after = Self.trimmed(rest.dropFirst())
        guard after.isEmpty || after.first == "#" else {
            throw Failure(line: line, message: "there is text after the closing \(quote)")
        }
        return result
    }

    /// Takes the text up to the quote, or all of it, with escapes and references replaced as that quote has it.
    private func take(from rest: inout Substring, until quote: Character?) -> String {
        var result = ""
        while let character = rest.first, character != quote {
            if quote == "\"", character == "\\", let escaped = rest.dropFirst().first {
                result += Self.unescaped(escaped)
                rest = rest.dropFirst(2)
            } else if quote != "'", rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") {
                result += replacement(for: rest[...end])
                rest = rest[rest.index(after: end)...]
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    /// - Parameter reference: `${NAME}` or `${NAME:-default}`, whole.
    private func replacement(for reference: Substring) -> String {
        let inside = reference.dropFirst(2).dropLast()
        let name = String(inside.prefix { $0 != ":" })
        guard inside.dropFirst(name.count).hasPrefix(":-") else { return known[name] ?? String(reference) }
        let value = known[name] ?? ""
        return value.isEmpty ? String(inside.dropFirst(name.count + 2)) : value
    }

    private static func unescaped(_ character: Character) -> String {
        switch character {
        case "n": "\n"
        case "t": "\t"
        case "r": "\r"
        case "\"", "\\", "$": String(character)
        default: "\\" + String(character)
        }
    }

    private static func withoutComment(_ text: Substring) -> Substring {
        var previous: Character = " "
        for index in text.indices {
            if text[index] == "#", previous == " " || previous == "\t" { return trimmed(text[..<index]) }
            previous = text[index]
        }
        return text
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.first, !first.isNumber else { return false }
        return text.utf8.allSatisfy {
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "_")
        }
    }
}
