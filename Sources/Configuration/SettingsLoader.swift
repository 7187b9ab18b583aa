/// Loads the configuration from all its sources.
public enum SettingsLoader {
    /// Reads and checks everything that the relay is told.
    /// - Parameters:
    ///   - file: path of the `.properties` file; nil for none.
    ///   - environment: the process's variables.
    ///   - overrides: `--set` in the order given; of one key the last counts.
    ///   - envFile: path of a file with variables for those that `environment` does not have; nil for none.
    /// - Throws: with every problem of every source, not only the first.
    public static func load(
        file: String?, environment: [String: String], overrides: [(String, String)] = [], envFile: String? = nil
    ) throws(ConfigurationError) -> RelaySettings {
        try SettingsBuilder.build(collect(.relay, file, environment, overrides, envFile))
    }

    /// The same for what the consumers are told.
    public static func loadConsumer(
        file: String?, environment: [String: String], overrides: [(String, String)] = [], envFile: String? = nil
    ) throws(ConfigurationError) -> ConsumerSettings {
        try ConsumerSettingsBuilder.build(collect(.consumer, file, environment, overrides, envFile))
    }

    /// The same for what the fan-out is told.
    public static func loadFanout(
        file: String?, environment: [String: String], overrides: [(String, String)] = [], envFile: String? = nil
    ) throws(ConfigurationError) -> FanoutSettings {
        try FanoutSettingsBuilder.build(collect(.fanout, file, environment, overrides, envFile))
    }

    private static func collect(
        _ reference: SettingsReference, _ file: String?, _ environment: [String: String], _ overrides: [(String, String)],
        _ envFile: String?
    ) -> SettingCollector {
        var collector = SettingCollector(reference)
        if let file { addFile(file, to: &collector) }
        var foreign: [String: ForeignVariables.Found] = [:]
        if let envFile { addEnvironmentFile(envFile, environment, &foreign, to: &collector) }
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) {
            let place = SettingPlace.environment(name: name)
            if name.hasPrefix(EnvironmentNames.prefix) {
                collector.addVariable(name, value, at: place, layer: .environment)
            } else if ForeignVariables.names.contains(name) {
                foreign[name] = ForeignVariables.Found(value: value, place: place)
            }
        }
        for (key, value) in overrides { collector.add(key, value, at: .override, layer: .override) }
        ForeignVariables.apply(foreign, to: &collector)
        return collector
    }

    /// Splits the argument of `--set`.
    /// - Throws: when there is no `=` or nothing before it; the text of the error holds nothing of the argument.
    public static func parseOverride(_ text: String) throws(ConfigurationError) -> (String, String) {
        let equals = text.firstIndex(of: "=") ?? text.startIndex
        var key = text[..<equals].drop(while: \.isWhitespace)
        while key.last?.isWhitespace == true { key.removeLast() }
        guard !key.isEmpty else {
            throw ConfigurationError(key: "", place: .override, message: "the argument is not key=value")
        }
        return (String(key), String(text[text.index(after: equals)...]))
    }

    private static func addFile(_ path: String, to collector: inout SettingCollector) {
        guard let text = read(path, to: &collector) else { return }
        let parser = PropertiesParser(text)
        for failure in parser.failures {
            let place = SettingPlace.file(path: path, line: failure.line)
            collector.add(ConfigurationProblem(key: "", place: place, message: failure.message))
        }
        for entry in parser.entries {
            collector.add(entry.key, entry.value, at: .file(path: path, line: entry.line), layer: .file)
        }
    }

    private static func addEnvironmentFile(
        _ path: String, _ environment: [String: String], _ foreign: inout [String: ForeignVariables.Found],
        to collector: inout SettingCollector
    ) {
        guard let text = read(path, to: &collector) else { return }
        let parser = EnvironmentFileParser(text, environment: environment)
        for failure in parser.failures {
            let place = SettingPlace.environmentFile(path: path, line: failure.line)
            collector.add(ConfigurationProblem(key: "", place: place, message: failure.message))
        }
        // Of a variable given twice the last counts, as in a shell.
        var last: [String: EnvironmentFileParser.Entry] = [:]
        for entry in parser.entries { last[entry.name] = entry }
        for entry in last.values.sorted(by: { $0.line < $1.line }) where environment[entry.name] == nil {
            let place = SettingPlace.environmentFile(path: path, line: entry.line)
            if entry.name.hasPrefix(EnvironmentNames.prefix) {
                collector.addVariable(entry.name, entry.value, at: place, layer: .environmentFile)
            } else if ForeignVariables.names.contains(entry.name) {
                foreign[entry.name] = ForeignVariables.Found(value: entry.value, place: place)
            }
        }
    }

    private static func read(_ path: String, to collector: inout SettingCollector) -> String? {
        do throws(TextFile.Failure) {
            return try TextFile.read(path)
        } catch {
            collector.add(ConfigurationProblem(key: "", place: .wholeFile(path: path), message: "the file \(error.reason)"))
            return nil
        }
    }
}
