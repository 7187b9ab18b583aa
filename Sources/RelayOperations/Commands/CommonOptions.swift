public import CommandLineKit
public import Configuration

/// The options that every command of every program has, and the settings that they lead to.
public enum CommonOptions {
    public static let all: [OptionSpec] = [
        OptionSpec("config", short: "c", value: "FILE", help: "A .properties file with settings."),
        OptionSpec("set", value: "KEY=VALUE", help: "One setting; wins over file and environment.", repeatable: true),
        OptionSpec("env-file", value: "FILE", help: "A .env file; supplies variables that the environment lacks."),
        .flag("json", help: "Print JSON for programs."),
    ]

    /// Settings out of file, environment and `--set`. Wrong ones are a usage error: exit code 2.
    ///
    /// - Parameters:
    ///   - needsKafka: settings without brokers are one as well.
    ///   - overriding: settings that an option of the command names; they win over `--set`.
    public static func settings<Settings: ProgramSettings>(
        _ arguments: ParsedArguments, needsKafka: Bool = false, overriding: [(String, String)] = [],
        as _: Settings.Type = Settings.self
    ) throws(UsageError) -> Settings {
        do throws(ConfigurationError) {
            var overrides: [(String, String)] = []
            for text in arguments.values("set") { overrides.append(try SettingsLoader.parseOverride(text)) }
            for (key, value) in overriding {
                overrides.removeAll { $0.0 == key }
                overrides.append((key, value))
            }
            let settings = try Settings.load(
                file: arguments.option("config"), environment: ProcessEnvironment.all, overrides: overrides,
                envFile: arguments.option("env-file"))
            if needsKafka { try settings.requireKafka() }
            return settings
        } catch { throw UsageError("\(error)", path: arguments.path) }
    }
}
