import CommandLineKit
import Configuration
import RelayOperations

/// The options that every command has, and what they lead to.
enum CommonOptions {
    static let all: [OptionSpec] = [
        OptionSpec("config", short: "c", value: "FILE", help: "A .properties file with settings."),
        OptionSpec("set", value: "KEY=VALUE", help: "One setting; wins over file and environment.", repeatable: true),
        OptionSpec("env-file", value: "FILE", help: "A .env file; supplies variables that the environment lacks."),
        .flag("json", help: "Print JSON for programs."),
    ]

    static let only = OptionSpec("only", value: "NAMES", help: "These consumers, separated by commas; in place of `consumers`.")

    /// Settings out of file, environment and `--set`. Wrong ones are a usage error: exit code 2.
    ///
    /// - Parameter needsKafka: settings without brokers are one as well.
    static func settings(_ arguments: ParsedArguments, needsKafka: Bool = false) throws -> ConsumerSettings {
        do throws(ConfigurationError) {
            var overrides: [(String, String)] = []
            for text in arguments.values("set") { overrides.append(try SettingsLoader.parseOverride(text)) }
            if let only = arguments.option("only") {
                overrides.removeAll { $0.0 == "consumers" }
                overrides.append(("consumers", only))
            }
            let settings = try SettingsLoader.loadConsumer(
                file: arguments.option("config"), environment: ProcessEnvironment.all, overrides: overrides,
                envFile: arguments.option("env-file"))
            if needsKafka { try settings.requireKafka() }
            return settings
        } catch { throw UsageError("\(error)", path: arguments.path) }
    }
}
