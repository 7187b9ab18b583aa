import CLibPQ

/// How to reach the server: the user's DSN plus what this program needs on every session.
///
/// The DSN is libpq's (keywords or URI); what it leaves out comes from libpq's environment (PGHOST, PGUSER, PGPASSWORD,
/// ...), service file and password file, as with psql.
public struct ConnectionSettings: Sendable {
    public var dsn: String
    /// Overrides the DSN's password; nil leaves it to the DSN and libpq.
    public var password: String?
    public var applicationName: String
    /// Asks for a walsender (`replication=database`): plain SQL works there too, but only by the simple query protocol.
    public var isReplication: Bool
    /// Session settings sent at start-up; they beat ALTER ROLE and ALTER DATABASE.
    public var sessionSettings: [(name: String, value: String)]
    /// Beats the DSN's target_session_attrs: which of several hosts will do (`standby`, `any`).
    public var targetSession: String?
    /// For one address of the DSN, in milliseconds: libpq's own connect_timeout does not work with its asynchronous calls.
    public var connectTimeoutMilliseconds: Int64

    /// Text output depends on session settings; these fix what the decoder and the envelope rely on, and keep the
    /// warnings coming that PostgreSQL 18 sends instead of an error for a missing publication.
    public static let textFormatSettings: [(name: String, value: String)] = [
        ("datestyle", "ISO"), ("intervalstyle", "postgres"), ("timezone", "UTC"), ("bytea_output", "hex"),
        ("extra_float_digits", "3"), ("client_min_messages", "warning"),
        // Our own deadlines count: a role's settings must not end the snapshot that Kafka holds up.
        ("statement_timeout", "0"), ("idle_in_transaction_session_timeout", "0"), ("lock_timeout", "0"),
    ]

    public init(
        dsn: String, password: String? = nil, applicationName: String, isReplication: Bool = false,
        sessionSettings: [(name: String, value: String)] = ConnectionSettings.textFormatSettings,
        connectTimeoutMilliseconds: Int64 = 5_000
    ) {
        self.dsn = dsn
        self.password = password
        self.applicationName = applicationName
        self.isReplication = isReplication
        self.sessionSettings = sessionSettings
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
    }

    /// The same server for another purpose.
    public func with(applicationName: String? = nil, isReplication: Bool? = nil) -> ConnectionSettings {
        var copy = self
        if let applicationName { copy.applicationName = applicationName }
        if let isReplication { copy.isReplication = isReplication }
        return copy
    }

    /// One list of libpq keywords for each address of the DSN, to be tried in order.
    ///
    /// A list of hosts is taken apart because an unreachable first address would otherwise use up the whole deadline; with
    /// several hosts a read-write session is asked for unless the DSN says otherwise.
    /// Throws `configuration` for a malformed DSN, without quoting it: it may hold a password.
    func attempts() throws(PostgresError) -> [[(String, String)]] {
        var options = try parsedDSN()
        if options["password"] == nil || password != nil, let password { options["password"] = password }
        options["client_encoding"] = "UTF8"
        options["fallback_application_name"] = applicationName
        if let targetSession { options["target_session_attrs"] = targetSession }
        if isReplication { options["replication"] = "database" }
        let ours = sessionSettings.map { "-c \($0.name)=\($0.value)" }.joined(separator: " ")
        let theirs = options["options"] ?? environmentValue("PGOPTIONS") ?? ""
        options["options"] = theirs.isEmpty ? ours : theirs + " " + ours
        for (key, value) in [("keepalives_idle", "10"), ("keepalives_interval", "5"), ("keepalives_count", "3")]
        where options[key] == nil { options[key] = value }

        let hosts = (options["host"] ?? environmentValue("PGHOST") ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let addresses = (options["hostaddr"] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let ports = (options["port"] ?? environmentValue("PGPORT") ?? "").split(separator: ",", omittingEmptySubsequences: false)
        let count = max(hosts.count, addresses.count)
        guard count > 1 else { return [options.map { ($0.key, $0.value) }] }
        guard ports.count <= 1 || ports.count == count else {
            throw PostgresError(
                kind: .configuration, message: "the DSN names \(count) hosts and \(ports.count) ports",
                hint: "give one port, or one for each host")
        }
        if options["target_session_attrs"] == nil { options["target_session_attrs"] = "read-write" }
        return (0..<count).map { index in
            var one = options
            one["host"] = index < hosts.count ? String(hosts[index]) : nil
            one["hostaddr"] = index < addresses.count && !addresses[index].isEmpty ? String(addresses[index]) : nil
            one["port"] = ports.isEmpty ? nil : String(ports.count == 1 ? ports[0] : ports[index])
            return one.filter { !$0.value.isEmpty }.map { ($0.key, $0.value) }
        }
    }

    private func parsedDSN() throws(PostgresError) -> [String: String] {
        guard !dsn.isEmpty else { return [:] }
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(dsn, &message) else {
            // libpq's text quotes the input, which may hold the password: only its kind is repeated.
            let text = message.map { String(cString: $0) } ?? ""
            PQfreemem(message)
            let unknown = text.contains("invalid connection option") || text.contains("invalid URI query parameter")
            throw PostgresError(
                kind: .configuration,
                message: unknown
                    ? "postgres.dsn has a keyword that libpq \(libraryVersion) does not know" : "postgres.dsn cannot be read",
                hint: "it is a libpq connection string: host=... dbname=..., or postgres://user@host:port/dbname?sslmode=...")
        }
        defer { PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var entry = parsed
        while let keyword = entry.pointee.keyword {
            if let value = entry.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            entry += 1
        }
        return options
    }

    private var libraryVersion: String { "\(PQlibVersion() / 10_000)" }
}
