import LocalServers

/// What a relay under test is told; every start makes a new process out of it.
public struct RelaySetup: Sendable {
    public let name: String
    /// Later values win.
    public var settings: [(key: String, value: String)]
    /// Set over the environment of the tests.
    public var environment: [String: String] = [:]
    /// Instead of `run`, and words after it.
    public var command = ["run"]

    /// A slot, a publication and topics of its own.
    ///
    /// - Parameters:
    ///   - name: lower case letters, digits, underscores; see `TestServers.uniqueName`.
    ///   - dsn: of the database that holds the outbox table.
    ///   - bootstrap: of the brokers.
    public init(name: String, dsn: String, bootstrap: String, settings: [(key: String, value: String)] = []) {
        self.name = name
        self.settings =
            [
                ("postgres.dsn", dsn), ("kafka.bootstrap.servers", bootstrap), ("slot.name", name), ("publication.name", name),
                ("topic.default", name), ("dead.letter.topic", "\(name).dead"), ("log.format", "json"),
            ] + settings
    }

    /// The topic of events that name none.
    public var topic: String { self["topic.default"] ?? name }
    public var deadLetterTopic: String { self["dead.letter.topic"] ?? "\(name).dead" }

    public subscript(key: String) -> String? {
        get { settings.last { $0.key == key }?.value }
        set {
            settings.removeAll { $0.key == key }
            if let newValue { settings.append((key, newValue)) }
        }
    }

    /// Starts a process with these settings.
    public func start() throws -> RelayUnderTest { try RelayUnderTest(self) }
}
