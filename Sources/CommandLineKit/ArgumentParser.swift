/// Reads the words of a command line against a command tree. Pure: prints nothing, runs nothing.
public struct ArgumentParser: Sendable {
    /// What the words ask for.
    public enum Outcome: Sendable {
        /// Run this command with these arguments.
        case run(Command, ParsedArguments)
        /// Show this command's help: asked for by `--help`, `-h` or `help`.
        case help(Command, path: [String], inherited: [OptionSpec])
        /// Show the version: asked for by `--version` at the root.
        case version
    }

    private let root: Command

    public init(_ root: Command) {
        self.root = root
    }

    /// - Parameter words: the command line without the program's name.
    public func parse(_ words: [String]) throws(UsageError) -> Outcome {
        var state = State(root)
        // Help is wanted even from a line that is otherwise wrong. A word with a dash is never an option's value.
        state.wantsHelp = words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
        var index = 0
        var optionsEnded = false
        while index < words.count {
            let word = words[index]
            index += 1
            if !optionsEnded, word == "--" {
                optionsEnded = true
            } else if !optionsEnded, word.hasPrefix("-"), word != "-" {
                try state.takeOption(word, words, &index)
            } else if !optionsEnded, state.words.isEmpty, state.descend(into: word) {
                continue
            } else if !optionsEnded, word == "help", state.words.isEmpty, !state.command.subcommands.isEmpty {
                state.wantsHelp = true
            } else if state.words.isEmpty, !state.command.subcommands.isEmpty, state.command.arguments.isEmpty {
                if state.wantsHelp { break }
                throw state.unknownCommand(word)
            } else {
                state.words.append(word)
            }
        }
        if state.wantsHelp { return .help(state.command, path: state.path, inherited: state.inherited) }
        if state.wantsVersion { return .version }
        return .run(state.command, try state.finish())
    }
}

/// What has been read so far.
private struct State {
    var command: Command
    var path: [String]
    var inherited: [OptionSpec] = []
    var words: [String] = []
    var wantsHelp = false
    var wantsVersion = false
    private var flags: Set<String> = []
    private var values: [String: [String]] = [:]

    init(_ root: Command) {
        command = root
        path = [root.name]
    }

    private var options: [OptionSpec] { command.options + inherited }

    mutating func descend(into word: String) -> Bool {
        guard let next = command.subcommands.first(where: { $0.name == word }) else { return false }
        inherited = command.options + inherited
        command = next
        path.append(word)
        return true
    }

    func unknownCommand(_ word: String) -> UsageError {
        let names = command.subcommands.map(\.name)
        return error("unknown command '\(shown(word))'\(Suggestion.clause(for: word, among: names))")
    }

    mutating func takeOption(_ word: String, _ words: [String], _ index: inout Int) throws(UsageError) {
        let (name, attached) = split(word)
        if wantsHelp {
            let isFollowedByValue = attached == nil && find(name)?.takesValue == true
            if isFollowedByValue, index < words.count, !looksLikeOption(words[index]) { index += 1 }
            return
        }
        if attached == nil, name == "--version", path.count == 1 {
            wantsVersion = true
            return
        }
        guard let option = find(name) else {
            let known = options.map { "--" + $0.name } + ["--help"]
            throw error("unknown option '\(shown(name))'\(Suggestion.clause(for: name, among: known))")
        }
        if !option.takesValue {
            guard attached == nil else { throw error("--\(option.name) takes no value") }
            flags.insert(option.name)
            return
        }
        let value: String
        if let attached {
            value = attached
        } else if index < words.count, !looksLikeOption(words[index]) {
            value = words[index]
            index += 1
        } else {
            throw error("\(name) needs a value: \(name) \(option.value ?? "")")
        }
        try store(value, for: option)
    }

    private mutating func store(_ value: String, for option: OptionSpec) throws(UsageError) {
        if !option.choices.isEmpty, !option.choices.contains(value) {
            let near = Suggestion.clause(for: value, among: option.choices)
            throw error("--\(option.name) must be one of \(option.choices.joined(separator: ", "))\(near)")
        }
        if values[option.name] != nil, !option.isRepeatable { throw error("--\(option.name) is given twice") }
        values[option.name, default: []].append(value)
    }

    /// `--name=value` and `-nvalue` carry their value in the same word.
    private func split(_ word: String) -> (name: String, attached: String?) {
        if word.hasPrefix("--") {
            guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
            return (String(word[..<equals]), String(word[word.index(after: equals)...]))
        }
        let name = String(word.prefix(2))
        let rest = word.dropFirst(2)
        return (name, rest.isEmpty ? nil : String(rest.first == "=" ? rest.dropFirst() : rest))
    }

    private func find(_ name: String) -> OptionSpec? {
        if name.hasPrefix("--") { return options.first { $0.name == name.dropFirst(2) } }
        return options.first { $0.short != nil && $0.short == name.last }
    }

    /// A negative number is a value; everything else with a dash is more likely the next option after a forgotten value.
    private func looksLikeOption(_ word: String) -> Bool {
        word.hasPrefix("-") && word != "-" && Double(word) == nil
    }

    func finish() throws(UsageError) -> ParsedArguments {
        guard command.run != nil else {
            let names = command.subcommands.map(\.name).joined(separator: ", ")
            throw error("\(path.joined(separator: " ")) needs a command: \(names)")
        }
        var parsed = ParsedArguments(path: path, flags: flags, options: values)
        for option in options where option.defaultValue != nil { parsed.defaults[option.name] = option.defaultValue }
        var rest = words[...]
        for argument in command.arguments {
            if rest.isEmpty {
                guard argument.count == .optional || argument.count == .any else {
                    throw error("\(argument.usage) is missing")
                }
            } else if argument.count == .oneOrMore || argument.count == .any {
                parsed.positionals[argument.name] = Array(rest)
                rest = []
            } else {
                parsed.positionals[argument.name] = [rest.removeFirst()]
            }
        }
        if let extra = rest.first { throw error("unexpected argument '\(shown(extra))'") }
        return parsed
    }

    private func error(_ message: String) -> UsageError { UsageError(message, path: path) }

    /// A stray `key=secret` or connection URI must not reach the terminal's scroll-back: only what stands before its value.
    private func shown(_ word: String) -> String {
        let visible = word.prefix { $0 != "=" && $0 != ":" }
        return TerminalText.printable(visible.prefix(40))
            + (visible.utf8.count < word.utf8.count || visible.count > 40 ? "…" : "")
    }
}
