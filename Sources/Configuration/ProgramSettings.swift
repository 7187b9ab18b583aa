/// The whole configuration of one of the programs, checked.
public protocol ProgramSettings: Sendable {
    var loaded: LoadedSettings { get }

    /// Reads and checks everything that the program is told.
    ///
    /// - Parameters:
    ///   - file: path of the `.properties` file; nil for none.
    ///   - environment: the process's variables.
    ///   - overrides: `--set` in the order given; of one key the last counts.
    ///   - envFile: path of a file with variables for those that `environment` does not have; nil for none.
    /// - Throws: with every problem of every source, not only the first.
    static func load(
        file: String?, environment: [String: String], overrides: [(String, String)], envFile: String?
    ) throws(ConfigurationError) -> Self
}

extension ProgramSettings {
    /// Every setting with its effective value and where it comes from, in the order of the documentation, then `kafka.*` by
    /// name. Secrets are shown as `***`, also the password within a connection string.
    public func redacted() -> [(key: String, value: String, source: String)] { loaded.redacted() }

    /// What has to be there to talk to Kafka, which not every command does.
    /// - Throws: when `kafka.bootstrap.servers` is missing or empty.
    public func requireKafka() throws(ConfigurationError) { try loaded.requireKafka() }
}
