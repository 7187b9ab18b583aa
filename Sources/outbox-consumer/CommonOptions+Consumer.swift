import CommandLineKit
import Configuration
import RelayOperations

extension CommonOptions {
    static let only = OptionSpec("only", value: "NAMES", help: "These consumers, separated by commas; in place of `consumers`.")

    /// What the consumers are told, with `--only`.
    static func settings(_ arguments: ParsedArguments, needsKafka: Bool = false) throws -> ConsumerSettings {
        let only = arguments.option("only").map { [("consumers", $0)] } ?? []
        return try settings(arguments, needsKafka: needsKafka, overriding: only, as: ConsumerSettings.self)
    }
}
