import CommandLineKit

/// A tree with every kind of option and argument.
enum SampleTree {
    static let root = Command(
        "relay", summary: "Moves events.",
        options: [
            OptionSpec("config", short: "c", value: "FILE", help: "The configuration file."),
            OptionSpec("set", value: "KEY=VALUE", help: "Overrides one setting.", repeatable: true),
            .flag("json", help: "Prints JSON."),
        ],
        subcommands: [
            Command(
                "run", summary: "Runs the relay.",
                options: [OptionSpec("mode", value: "MODE", help: "How.", choices: ["cdc", "polling"], default: "cdc")],
                run: { _ in .done }),
            Command(
                "slot", summary: "Looks after the slot.",
                subcommands: [
                    Command("list", summary: "Lists slots.", run: { _ in .checkedAndWrong }),
                    Command(
                        "drop", summary: "Drops a slot.", discussion: "The position is gone with it.",
                        examples: ["relay slot drop outbox_relay --yes"],
                        options: [.flag("yes", short: "y", help: "Does not ask.")],
                        arguments: [
                            ArgumentSpec("NAME", help: "The slot."), ArgumentSpec("WHY", help: "Why.", count: .optional),
                        ],
                        run: { _ in throw Broken() }),
                ]),
            Command(
                "where", summary: "Finds events.", arguments: [ArgumentSpec("EVENT_ID", help: "Ids.", count: .oneOrMore)],
                run: { arguments in try arguments.integer("config", in: 1...9) == nil ? .done : .failed }),
        ])

    struct Broken: Error, CustomStringConvertible {
        var description: String { "the slot is in use" }
    }
}
