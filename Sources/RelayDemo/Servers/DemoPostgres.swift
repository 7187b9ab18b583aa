import LocalServers

/// Finds and starts the demo's PostgreSQL.
enum DemoPostgres {
    /// Starts the newest PostgreSQL of PG_BIN, or else of this machine, with durable commits as in production.
    static func start(_ environment: [String: String]) throws(DemoError) -> TemporaryPostgres {
        let named = (environment["PG_BIN"] ?? "").split(separator: ":").compactMap {
            PostgresInstallation(binDirectory: String($0))
        }
        let newest = named.max { $0.majorVersion < $1.majorVersion } ?? PostgresInstallation.find(environment: environment).last
        guard let newest else { throw missing(environment) }
        var options = PostgresOptions()
        options.isDurable = true
        do throws(LocalServerError) { return try TemporaryPostgres(newest, options: options) } catch {
            throw DemoError("\(error)")
        }
    }

    private static func missing(_ environment: [String: String]) -> DemoError {
        let place = environment["PG_BIN"].map { "in PG_BIN (\($0)) or " } ?? ""
        return DemoError(
            """
            No PostgreSQL server programs (postgres, initdb) were found \(place)on this machine.
            Install them with `apt-get install postgresql-15`, or set PG_BIN to the folder that holds them.
            """)
    }
}
