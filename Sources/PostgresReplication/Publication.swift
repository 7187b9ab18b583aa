public import PostgresClient

/// A publication as far as one table is concerned.
public struct Publication: Equatable, Sendable {
    public var name: String
    public var publishesInserts: Bool
    public var publishesUpdates: Bool
    public var publishesDeletes: Bool
    public var publishesTruncates: Bool
    public var isForAllTables: Bool
    public var publishesViaRoot: Bool
    /// Whether the table's rows come out of it under the table's own name.
    public var containsTable: Bool
    /// 15 and later: a WHERE clause; rows that do not match are never sent.
    public var rowFilter: String?
    /// 15 and later: the columns that are sent; nil means all.
    public var columns: [String]?

    public init(
        name: String, publishesInserts: Bool = true, publishesUpdates: Bool = false, publishesDeletes: Bool = false,
        publishesTruncates: Bool = false, isForAllTables: Bool = false, publishesViaRoot: Bool = true, containsTable: Bool = true,
        rowFilter: String? = nil, columns: [String]? = nil
    ) {
        self.name = name
        self.publishesInserts = publishesInserts
        self.publishesUpdates = publishesUpdates
        self.publishesDeletes = publishesDeletes
        self.publishesTruncates = publishesTruncates
        self.isForAllTables = isForAllTables
        self.publishesViaRoot = publishesViaRoot
        self.containsTable = containsTable
        self.rowFilter = rowFilter
        self.columns = columns
    }
}

/// Reads and changes publications.
public struct PublicationCatalog {
    private let connection: Connection

    public init(_ connection: Connection) { self.connection = connection }

    /// nil when there is no publication of that name in this database.
    public func find(_ name: String, table: QualifiedName) throws(PostgresError) -> Publication? {
        let head = try connection.execute(
            """
            SELECT pubinsert, pubupdate, pubdelete, pubtruncate, puballtables, pubviaroot \
            FROM pg_catalog.pg_publication WHERE pubname = \(quotedLiteral(name))
            """)
        guard head.rowCount == 1 else { return nil }
        var publication = Publication(name: name)
        publication.publishesInserts = head.boolean(0, 0) ?? false
        publication.publishesUpdates = head.boolean(0, 1) ?? false
        publication.publishesDeletes = head.boolean(0, 2) ?? false
        publication.publishesTruncates = head.boolean(0, 3) ?? false
        publication.isForAllTables = head.boolean(0, 4) ?? false
        publication.publishesViaRoot = head.boolean(0, 5) ?? false
        let hasRestrictions = connection.serverVersion >= 150_000
        let row = try connection.execute(
            """
            SELECT \(hasRestrictions ? "rowfilter" : "NULL") FROM pg_catalog.pg_publication_tables WHERE pubname = \(quotedLiteral(name)) \
            AND schemaname = \(quotedLiteral(table.schema)) AND tablename = \(quotedLiteral(table.name))
            """)
        publication.containsTable = row.rowCount > 0
        publication.rowFilter = row.rowCount > 0 ? row.text(0, 0) : nil
        publication.columns = hasRestrictions ? try columnList(name, table: table) : nil
        return publication
    }

    /// The explicit column list; nil when there is none. pg_publication_tables lists all columns in that case, so the
    /// catalog is asked.
    private func columnList(_ name: String, table: QualifiedName) throws(PostgresError) -> [String]? {
        let result = try connection.execute(
            """
            SELECT a.attname FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid \
            JOIN pg_catalog.pg_class c ON c.oid = r.prrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
            JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (r.prattrs::int2[]) \
            WHERE p.pubname = \(quotedLiteral(name)) AND n.nspname = \(quotedLiteral(table.schema)) \
            AND c.relname = \(quotedLiteral(table.name)) AND r.prattrs IS NOT NULL ORDER BY a.attnum
            """)
        guard result.rowCount > 0 else { return nil }
        return (0..<result.rowCount).compactMap { result.text($0, 0) }
    }

    /// Publishes the table's inserts and nothing else: with updates or deletes published, the application's own statements
    /// would fail on a table without a replica identity. A partitioned table is published under its root's name.
    public func create(_ name: String, table: QualifiedName) throws(PostgresError) {
        try connection.execute(Self.createStatement(name, table: table))
    }

    public static func createStatement(_ name: String, table: QualifiedName) -> String {
        "CREATE PUBLICATION \(quotedIdentifier(name)) FOR TABLE \(table.quoted) "
            + "WITH (publish = 'insert', publish_via_partition_root = true)"
    }

    public func drop(_ name: String) throws(PostgresError) {
        try connection.execute("DROP PUBLICATION \(quotedIdentifier(name))")
    }
}
