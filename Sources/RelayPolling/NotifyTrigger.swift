public import PostgresClient

/// The optional trigger that tells polling publishers of new rows at their commit, so that they need not wait for the interval. Pure.
///
/// Optional because it costs something: Postgres lets one transaction at a time commit a notification, in the whole server.
public struct NotifyTrigger: Sendable {
    public static let name = "outbox_relay_notify"
    private let table: QualifiedName

    public init(_ table: QualifiedName) { self.table = table }

    private var function: String { "\(quotedIdentifier(table.schema)).\(Self.name)()" }

    /// Makes it, or makes it anew.
    public var create: [String] {
        [
            """
            CREATE OR REPLACE FUNCTION \(function) RETURNS trigger LANGUAGE plpgsql AS \
            $$BEGIN PERFORM pg_catalog.pg_notify('\(PollingSession.channel)', TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME); \
            RETURN NULL; END$$
            """,
            """
            CREATE OR REPLACE TRIGGER \(Self.name) AFTER INSERT ON \(table.quoted) \
            FOR EACH STATEMENT EXECUTE FUNCTION \(function)
            """,
        ]
    }

    /// Removes it; the function, which another table of the schema may use, stays for that one.
    public var drop: [String] {
        [
            "DROP TRIGGER IF EXISTS \(Self.name) ON \(table.quoted)",
            """
            DO $$BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgfoid = \
            to_regprocedure(\(quotedLiteral(function)))) THEN DROP FUNCTION IF EXISTS \(function); END IF; END$$
            """,
        ]
    }
}
