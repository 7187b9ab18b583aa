/// SQLAlchemy's database URLs, as Python services have them in DATABASE_CONN.
enum SQLAlchemyURL {
    struct Failure: Error {
        let reason: String
    }

    /// Parameters of Python drivers that say nothing about the connection itself.
    private static let driverParameters: Set<String> = [
        "prepared_statement_cache_size", "prepared_statement_name_func", "statement_cache_size", "command_timeout",
        "async_fallback",
        "max_cached_statement_lifetime", "max_cacheable_statement_size",
    ]

    /// The URL as libpq's: the driver behind `+` is dropped, asyncpg's `ssl` becomes `sslmode`, parameters of the driver
    /// alone go.
    static func connectionString(_ url: String) throws(Failure) -> String {
        guard let end = ConnectionStringSecrets.endOfScheme(Array(url.utf8)) else {
            throw Failure(reason: "is not a URL such as postgresql+asyncpg://user:password@host/database")
        }
        let scheme = String(decoding: url.utf8.prefix(end - 3), as: UTF8.self)
        let dialect = scheme.prefix { $0 != "+" }
        guard dialect == "postgresql" || dialect == "postgres" else {
            throw Failure(reason: "is not a URL of PostgreSQL")
        }
        let rest = String(decoding: url.utf8.dropFirst(end), as: UTF8.self)
        let base = rest.prefix { $0 != "?" }
        let parameters = rest.dropFirst(base.count + 1).split(separator: "&").compactMap { parameter -> String? in
            let name = String(parameter.prefix { $0 != "=" })
            if driverParameters.contains(name) { return nil }
            guard name == "ssl" else { return String(parameter) }
            let value = parameter.dropFirst("ssl=".count)
            return "sslmode="
                + (value.lowercased() == "true" ? "require" : value.lowercased() == "false" ? "disable" : String(value))
        }
        return "postgresql://" + base + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
    }
}
