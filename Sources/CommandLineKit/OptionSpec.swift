/// One `--option` of a command. An option of a command is understood by all commands below it as well, before and after
/// their names.
public struct OptionSpec: Sendable {
    /// The long name without dashes, `config` for `--config`.
    public let name: String
    /// A one-letter form, `c` for `-c`.
    public let short: Character?
    /// What the value is called in the help (`FILE`); nil makes the option a flag without a value.
    public let value: String?
    /// One sentence for the help.
    public let help: String
    /// Whether it may be given more than once; otherwise the second one is a usage error.
    public let isRepeatable: Bool
    /// The only values allowed; empty allows any.
    public let choices: [String]
    /// The value the command uses when the option is not given, for the help and for `ParsedArguments.option`.
    public let defaultValue: String?

    /// An option that takes a value.
    public init(
        _ name: String, short: Character? = nil, value: String, help: String, repeatable: Bool = false, choices: [String] = [],
        default defaultValue: String? = nil
    ) {
        self.name = name
        self.short = short
        self.value = value
        self.help = help
        self.isRepeatable = repeatable
        self.choices = choices
        self.defaultValue = defaultValue
    }

    /// A flag: present or not.
    public static func flag(_ name: String, short: Character? = nil, help: String) -> OptionSpec {
        OptionSpec(flag: name, short: short, help: help)
    }

    private init(flag name: String, short: Character?, help: String) {
        self.name = name
        self.short = short
        self.value = nil
        self.help = help
        self.isRepeatable = false
        self.choices = []
        self.defaultValue = nil
    }

    var takesValue: Bool { value != nil }
}
