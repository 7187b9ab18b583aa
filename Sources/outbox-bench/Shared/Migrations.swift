import PostgresClient

/// The project's own schema, read from `sql/migrations`.
enum Migrations {
    /// Runs every `*.up.sql` in the order of their names.
    ///
    /// - Parameter kind: the folder beside `migrations`; nil for that one.
    static func apply(_ kind: String? = nil, on connection: Connection) throws {
        var folder = try folder()
        if let kind { folder = String(folder.dropLast("migrations".count)) + kind }
        for name in TextFiles.names(in: folder) where name.hasSuffix(".up.sql") {
            guard let text = TextFiles.read("\(folder)/\(name)") else { throw BenchError("cannot read \(folder)/\(name)") }
            try connection.execute(text)
        }
    }

    /// OUTBOX_MIGRATIONS, else `sql/migrations` in a folder above the executable, else in the working directory.
    private static func folder() throws -> String {
        var candidates: [String] = []
        if let named = OwnExecutable.environment("OUTBOX_MIGRATIONS") { candidates.append(named) }
        var folder = (OwnExecutable.folder ?? "")[...]
        while !folder.isEmpty {
            candidates.append("\(folder)/sql/migrations")
            guard let slash = folder.lastIndex(of: "/") else { break }
            folder = folder[..<slash]
        }
        candidates.append("sql/migrations")
        guard let found = candidates.first(where: { TextFiles.names(in: $0).contains { $0.hasSuffix(".up.sql") } }) else {
            throw BenchError("sql/migrations was not found: name the folder by OUTBOX_MIGRATIONS")
        }
        return found
    }
}
