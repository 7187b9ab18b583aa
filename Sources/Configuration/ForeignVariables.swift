/// The environment variables of the polling publisher that many services have today, so that its users change nothing. Each
/// counts only where our own setting is not set; an empty one counts as not set.
enum ForeignVariables {
    /// A variable's value and where it was found.
    struct Found {
        let value: String
        let place: SettingPlace
    }

    static let names = [
        "DATABASE_CONN", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_USER", "KAFKA_PASSWORD", "KAFKA_SASL_MECHANISM",
        "KAFKA_SECURITY_PROTOCOL",
        "POLL_INTERVAL_SECONDS", "BATCH_SIZE",
    ]

    /// Seconds as a decimal number, in milliseconds; what is no such number stays as it is, to be refused by name.
    private static func milliseconds(_ seconds: String) -> String {
        guard let number = Double(seconds), number >= 0, number < 1_000_000 else { return seconds }
        return String(Int((number * 1_000).rounded()))
    }

    static func apply(_ found: [String: Found], to collector: inout SettingCollector) {
        let found = found.filter { !$0.value.value.isEmpty }
        if let variable = found["DATABASE_CONN"], !collector.isSet("postgres.dsn") {
            do throws(SQLAlchemyURL.Failure) {
                let dsn = try SQLAlchemyURL.connectionString(variable.value)
                collector.addAlias("postgres.dsn", givenAs: "DATABASE_CONN", dsn, at: variable.place)
            } catch {
                collector.add(
                    ConfigurationProblem(
                        key: "postgres.dsn", place: variable.place, message: "the value of DATABASE_CONN \(error.reason)",
                        allowed: KnownSettings.postgresDSN.rule.allowed))
            }
        }
        for (name, key) in [
            ("KAFKA_BOOTSTRAP_SERVERS", "kafka.bootstrap.servers"), ("KAFKA_USER", "kafka.sasl.username"),
            ("KAFKA_PASSWORD", "kafka.sasl.password"),
        ] {
            if let variable = found[name] { collector.addAlias(key, givenAs: name, variable.value, at: variable.place) }
        }
        // librdkafka's names are small; Java's are capitals.
        if let variable = found["KAFKA_SECURITY_PROTOCOL"] {
            collector.addAlias(
                "kafka.security.protocol", givenAs: "KAFKA_SECURITY_PROTOCOL", variable.value.lowercased(), at: variable.place)
        }
        if let variable = found["KAFKA_SASL_MECHANISM"], !collector.isSet("kafka.sasl.mechanisms") {
            let name = "KAFKA_SASL_MECHANISM"
            collector.addAlias("kafka.sasl.mechanisms", givenAs: name, variable.value, at: variable.place)
            collector.addAlias(
                "kafka.security.protocol", givenAs: name, "sasl_plaintext", at: .implied(by: name, at: variable.place))
        }
        if let variable = found["BATCH_SIZE"] {
            collector.addAlias("polling.batch.size", givenAs: "BATCH_SIZE", variable.value, at: variable.place)
        }
        if let variable = found["POLL_INTERVAL_SECONDS"] {
            collector.addAlias(
                "polling.interval.ms", givenAs: "POLL_INTERVAL_SECONDS", milliseconds(variable.value), at: variable.place)
        }
    }
}
