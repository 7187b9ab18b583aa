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

    /// Settings out of file, environment and `--set`. Wrong ones are a usage error: exit code 2.
    static func settings(_ arguments: ParsedArguments) throws -> RelaySettings {
        do throws(ConfigurationError) {
            var overrides: [(String, String)] = []
            for text in arguments.values("set") { overrides.append(try SettingsLoader.parseOverride(text)) }
            return try SettingsLoader.load(
                file: arguments.option("config"), environment: ProcessEnvironment.all, overrides: overrides,
                envFile: arguments.option("env-file"))
        } catch { throw UsageError("\(error)", path: arguments.path) }
    }
}
