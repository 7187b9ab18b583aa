import Configuration
import Testing

/// Loads settings from the text of a file, and everything else.
func load(
    _ properties: String = "", environment: [String: String] = [:], overrides: [(String, String)] = [], envFile: String? = nil
) throws -> RelaySettings {
    let file = try TemporaryFile(properties)
    let variables = try envFile.map { try TemporaryFile($0, name: ".env") }
    do {
        return try SettingsLoader.load(
            file: file.path, environment: environment, overrides: overrides, envFile: variables?.path)
    } catch {
        // Tests know no temporary paths.
        throw ConfigurationError(error.problems.map { renamed($0, [file.path: "f", variables?.path ?? "": "env"]) })
    }
}

private func renamed(_ problem: ConfigurationProblem, _ names: [String: String]) -> ConfigurationProblem {
    let place: SettingPlace =
        switch problem.place {
        case .file(let path, let line): .file(path: names[path] ?? path, line: line)
        case .environmentFile(let path, let line): .environmentFile(path: names[path] ?? path, line: line)
        case let other: other
        }
    return ConfigurationProblem(key: problem.key, place: place, message: problem.message, allowed: problem.allowed)
}

/// The problems of a configuration that must be refused, one line each.
func problems(
    _ properties: String = "", environment: [String: String] = [:], overrides: [(String, String)] = [], envFile: String? = nil
) throws -> [String] {
    let error = try #require(throws: ConfigurationError.self) {
        _ = try load(properties, environment: environment, overrides: overrides, envFile: envFile)
    }
    return error.problems.map(\.description)
}

extension RelaySettings {
    func kafka(_ name: String) -> String? { kafkaProperties.last { $0.0 == name }?.1 }
    func shown(_ key: String) -> String? { redacted().first { $0.key == key }?.value }
    func source(_ key: String) -> String? { redacted().first { $0.key == key }?.source }
}
