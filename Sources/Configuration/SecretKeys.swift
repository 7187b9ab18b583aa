/// Which settings and variables hold secrets.
public enum SecretKeys {
    private static let secretParts: Set<String> = ["password", "passwd", "passphrase", "secret", "credentials", "jaas"]

    /// Whether the value of a setting may hold a secret and must not be printed, logged or shown. Takes setting names,
    /// librdkafka names (with or without `kafka.`) and environment variables, known or not; in doubt the answer is yes.
    /// `postgres.dsn` counts, because it may hold a password.
    public static func isSecret(_ key: String) -> Bool {
        let parts = key.lowercased().split { $0 == "." || $0 == "_" }
        // The path of a file that holds a secret is none.
        if parts.last == "file" || parts.last == "location" { return false }
        if parts.contains(where: { secretParts.contains(String($0)) }) { return true }
        if parts.last == "token" || parts.suffix(2) == ["key", "pem"] { return true }
        if parts.suffix(2) == ["oauthbearer", "config"] { return true }
        return isConnectionString(key)
    }

    /// Whether the value is a connection string, of which only the password is secret.
    static func isConnectionString(_ key: String) -> Bool {
        [
            "postgres.dsn", "outbox_postgres_dsn", "database_conn", "redis.url", "outbox_redis_url", "data.platform.url",
            "outbox_data_platform_url",
        ].contains(key.lowercased())
    }

    /// The value as it may be shown.
    static func masked(_ value: String, of key: String) -> String {
        if value.isEmpty { return "" }
        if isConnectionString(key) { return ConnectionStringSecrets.masked(value) }
        return isSecret(key) ? "***" : value
    }
}
