/// What the settings of every program have in common once they are read.
enum SettingsAssembly {
    static func check(_ postgres: PostgresSettings, _ reader: inout SettingsReader) {
        if postgres.password != nil, ConnectionStringSecrets.hasPassword(postgres.dsn) {
            reader.refuse("postgres.password", "the connection string holds a password as well", allowed: "one of the two")
        }
    }

    static func bootstrapServersProblem(_ kafka: [(String, String)]) -> ConfigurationProblem? {
        let servers = kafka.first { KafkaProperties.canonicalName($0.0) == "bootstrap.servers" }?.1 ?? ""
        guard servers.allSatisfy({ $0.isWhitespace || $0 == "," }) else { return nil }
        return ConfigurationProblem(
            key: "kafka.bootstrap.servers", place: .defaultValue, message: "is not set",
            allowed: "host:port, several separated by commas")
    }

    /// In the order of the documentation; `kafka.*` stays last, as it was read.
    static func documented(_ effective: [EffectiveSetting], _ reference: SettingsReference) -> [EffectiveSetting] {
        let byKey = Dictionary(effective.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        return reference.all.compactMap { byKey[$0.key] } + effective.filter { $0.key.hasPrefix("kafka.") }
    }

    /// Those of a file by line, so that they can be mended from top to bottom.
    static func ordered(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
        problems.enumerated().sorted { left, right in
            let (leftOrder, rightOrder) = (left.element.place.order, right.element.place.order)
            return (leftOrder.0, leftOrder.1, left.offset) < (rightOrder.0, rightOrder.1, right.offset)
        }.map(\.element)
    }
}
