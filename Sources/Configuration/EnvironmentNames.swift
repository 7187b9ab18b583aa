/// The environment variables of our own settings: `OUTBOX_`, the key in capitals, dots as underscores.
enum EnvironmentNames {
    static let prefix = "OUTBOX_"
    static let kafkaPrefix = "OUTBOX_KAFKA_"

    static func variable(for key: String) -> String {
        prefix + String(key.uppercased().map { $0 == "." ? "_" : $0 })
    }

    /// Variables of ours that are no settings: those of the test suite, and where the programs' `migrate` finds its files.
    static func isForeign(_ name: String) -> Bool {
        name.hasPrefix("OUTBOX_TEST_") || name == "OUTBOX_BIN_DIR" || name == "OUTBOX_MIGRATIONS"
            || name == "OUTBOX_CONSUMER_MIGRATIONS"
    }

    /// The key that a variable sets; nil when there is none. Keys with underscores of their own make it impossible to
    /// compute, so the known ones are looked up; librdkafka's have none.
    static func key(of name: String, in reference: SettingsReference) -> String? {
        if let key = reference.variables[name] { return key }
        guard name.hasPrefix(kafkaPrefix), name.utf8.count > kafkaPrefix.utf8.count else { return nil }
        return "kafka." + String(name.dropFirst(kafkaPrefix.count).lowercased().map { $0 == "_" ? "." : $0 })
    }
}
