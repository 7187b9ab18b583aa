/// The page that `--help` prints.
public enum HelpText {
    /// - Parameters:
    ///   - path: the names from the root to the command.
    ///   - inherited: the options of the commands above.
    ///   - width: columns to wrap at.
    public static func render(_ command: Command, path: [String], inherited: [OptionSpec] = [], width: Int = 100) -> String {
        var sections = [command.summary, usage(command, path: path)]
        if !command.discussion.isEmpty {
            let paragraphs = command.discussion.split(separator: "\n", omittingEmptySubsequences: false)
            sections.append(paragraphs.map { wrap(String($0), indent: 0, width: width) }.joined(separator: "\n"))
        }
        if !command.subcommands.isEmpty {
            sections.append(list("Commands", command.subcommands.map { ($0.name, $0.summary) }, width: width))
        }
        if !command.arguments.isEmpty {
            sections.append(list("Arguments", command.arguments.map { ($0.usage, $0.help) }, width: width))
        }
        if !command.options.isEmpty { sections.append(list("Options", command.options.map(row), width: width)) }
        var general = inherited.map(row)
        general.append(("-h, --help", "Show this page."))
        if path.count == 1 { general.append(("    --version", "Show the version.")) }
        sections.append(list(command.options.isEmpty ? "Options" : "General options", general, width: width))
        if !command.examples.isEmpty {
            let title = command.examples.count == 1 ? "Example" : "Examples"
            sections.append("\(title):\n" + command.examples.map { "  \($0)" }.joined(separator: "\n"))
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    private static func usage(_ command: Command, path: [String]) -> String {
        var words = path
        if !command.subcommands.isEmpty { words.append(command.run == nil ? "<command>" : "[command]") }
        words.append("[options]")
        words += command.arguments.map(\.usage)
        return "Usage: " + words.joined(separator: " ")
    }

    private static func row(_ option: OptionSpec) -> (String, String) {
        let short = option.short.map { "-\($0), " } ?? "    "
        let value = option.value.map { " <\($0)>" } ?? ""
        var notes: [String] = []
        if !option.choices.isEmpty { notes.append("one of " + option.choices.joined(separator: ", ")) }
        if let text = option.defaultValue { notes.append("default \(text)") }
        if option.isRepeatable { notes.append("may be repeated") }
        let suffix = notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"
        return ("\(short)--\(option.name)\(value)", option.help + suffix)
    }

    private static func list(_ title: String, _ rows: [(String, String)], width: Int) -> String {
        let column = min(32, (rows.map { TerminalText.width($0.0) }.max() ?? 0) + 4)
        let lines = rows.map { name, text in
            let wrapped = wrap(text, indent: column, width: width)
            let head = "  " + name
            let room = column - TerminalText.width(head)
            guard room >= 2 else { return head + "\n" + wrapped }
            return head + String(repeating: " ", count: room) + wrapped.dropFirst(column)
        }
        return "\(title):\n" + lines.joined(separator: "\n")
    }

    /// Breaks at blanks; every line begins with `indent` blanks.
    private static func wrap(_ text: String, indent: Int, width: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, indent + TerminalText.width(line) + 1 + TerminalText.width(word) > width {
                lines.append(margin + line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " " + word
        }
        lines.append(margin + line)
        return lines.joined(separator: "\n")
    }
}
