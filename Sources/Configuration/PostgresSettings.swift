/// How Postgres is reached.
public struct PostgresSettings: Sendable {
    /// A libpq connection string, URI or keywords; empty leaves everything to libpq's environment. May hold a password.
    public let dsn: String
    /// A password to use with `dsn`, which then holds none; nil when there is none.
    public let password: String?
}
