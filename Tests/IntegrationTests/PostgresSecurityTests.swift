import Drills
import LocalServers
import PostgresClient
import ServiceRuntime
import TestSupport
import Testing

/// TLS and SCRAM towards the server.
@Suite(.serialized, .needsServers)
struct PostgresSecurityTests {
    private static let password = "s3cr3t: it's \\ a \"word\" ü"

    /// A server that lets the role `secure` in by TLS and SCRAM only.
    private static func server(_ version: Int, _ certificate: Certificate) throws -> TemporaryPostgres {
        var options = PostgresOptions()
        options.certificate = certificate
        options.authenticationLines = ["hostssl all secure 127.0.0.1/32 scram-sha-256", "host all secure 127.0.0.1/32 reject"]
        options.settings = ["password_encryption": "scram-sha-256"]
        return try TestServers.ownPostgres(version: version, options: options)
    }

    private func prepare(_ stage: Stage) throws {
        try stage.execute("CREATE ROLE secure LOGIN SUPERUSER PASSWORD \(quotedLiteral(Self.password))")
        try stage.write([1])
    }

    private func dsn(_ stage: Stage, _ authority: CertificateAuthority, host: String = "localhost", mode: String = "verify-full")
        -> String
    {
        "host=\(host) hostaddr=127.0.0.1 port=\(stage.server.port) user=secure dbname=\(stage.name) sslmode=\(mode) "
            + "sslrootcert=\(authority.certificatePath) channel_binding=require"
    }

    @Test(arguments: Versions.all)
    func `sslmode=verify-full and a SCRAM password from a file`(version: Int) throws {
        let authority = try CertificateAuthority()
        let file = try SecretFile(Self.password + "\n")
        try Stage.perform(server: Self.server(version, authority.server())) { stage in
            try prepare(stage)
            let relay = try stage.startReady([
                ("postgres.dsn", dsn(stage, authority)), ("postgres.password.file", file.path), ("log.level", "debug"),
            ])
            try stage.write([2])
            #expect(try stage.numbers(2) == [1, 2])
            let sessions = "FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'secure'"
            #expect(try stage.number("SELECT count(*) \(sessions)") >= 2)
            #expect(try stage.number("SELECT count(*) \(sessions) AND NOT ssl") == 0)
            expectAbsent(relay)
            #expect(!relay.lines("startup check").contains { $0.text("name") == "connection.tls" })
            #expect(try relay.terminate() == .exited(0))
        }
    }

    @Test func `A password in the connection string or in a setting is seen by nobody`() throws {
        let authority = try CertificateAuthority()
        try Stage.perform(server: Self.server(Versions.all.last ?? 0, authority.server())) { stage in
            try prepare(stage)
            let quoted = Self.password.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
            let encoded = Self.password.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            let url = "postgresql://secure:\(encoded)@localhost:\(stage.server.port)/\(stage.name)?sslmode=require"
            for settings in [
                [("postgres.dsn", dsn(stage, authority) + " password='\(quoted)'")], [("postgres.dsn", url)],
                [("postgres.dsn", dsn(stage, authority)), ("postgres.password", Self.password)],
            ] {
                let relay = try stage.startReady(settings + [("log.level", "debug")])
                expectAbsent(relay)
                #expect(ProcessCommandLine.of(relay.pid)?.contains(encoded) == false)
                #expect(try relay.terminate() == .exited(0))
            }
        }
    }

    @Test(arguments: Versions.oldestAndNewest)
    func `A wrong host, an unknown authority and a wrong password are refused`(version: Int) throws {
        let authority = try CertificateAuthority()
        try Stage.perform(server: Self.server(version, authority.serverOfWrongHost())) { stage in
            try prepare(stage)
            let relay = try stage.start([("postgres.dsn", dsn(stage, authority)), ("postgres.password", Self.password)])
            try relay.waitForLog("does not match host name")
            #expect(!relay.isReady)
            expectAbsent(relay)
            #expect(relay.complaints.count <= 3, "\(relay.logTail())")
            #expect(try relay.terminate() == .exited(0))

            let other = try CertificateAuthority()
            let stranger = try stage.start([
                ("postgres.dsn", dsn(stage, other, mode: "verify-ca")), ("postgres.password", Self.password),
            ])
            try stranger.waitForLog("certificate verify failed")
            #expect(try stranger.terminate() == .exited(0))

            let settings = [("postgres.dsn", dsn(stage, authority, mode: "verify-ca")), ("postgres.password", "wr0ng w0rd")]
            let refused = try stage.start(settings)
            try #expect(stage.findingsAtEnd(of: refused).count == 1)
            #expect(refused.logText.contains("password authentication failed"))
            #expect(!refused.logText.contains("wr0ng w0rd"))
            #expect(try stage.allRecords().isEmpty)
        }
    }

    private func expectAbsent(_ relay: RelayUnderTest) {
        // Also not with its quotes escaped for JSON or for libpq.
        for secret in [Self.password, "s3cr3t"] {
            #expect(!relay.logText.contains(secret), "in the log")
            #expect(relay.fetch("/status")?.body.contains(secret) != true, "in /status")
            #expect(relay.fetch("/metrics")?.body.contains(secret) != true, "in /metrics")
            #expect(ProcessCommandLine.of(relay.pid)?.contains(secret) == false, "in ps")
        }
    }
}
