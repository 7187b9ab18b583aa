import Configuration
import Testing

struct FanoutSettingsTests {
    private static let secret = String(repeating: "s", count: 32)

    private func load(_ settings: [(String, String)], environment: [String: String] = [:]) throws -> FanoutSettings {
        try SettingsLoader.loadFanout(file: nil, environment: environment, overrides: settings)
    }

    private func problems(_ settings: [(String, String)]) -> String {
        do {
            _ = try load(settings)
            return ""
        } catch { return "\(error)" }
    }

    @Test func `what nobody says is as documented`() throws {
        let settings = try load([("auth.jwt.secret", Self.secret)])
        #expect(settings.listen.description == "127.0.0.1:8088" && settings.httpListen?.description == "127.0.0.1:9466")
        #expect(settings.topic == "realtime.events" && settings.threads == nil && settings.servesPage)
        #expect(settings.access.mode == .jwt && !settings.access.admitsAnonymous && settings.access.algorithms == ["HS256"])
        #expect(settings.access.origins == ["same-origin"] && settings.adminToken == nil && settings.certificate == nil)
        #expect(settings.history.age.milliseconds == 3_600_000 && settings.connections.lifetime == 0)
    }

    @Test func `lists, lengths of time and the prefix are read`() throws {
        let settings = try load(
            [
                ("auth.jwt.jwks", "keys.json"), ("auth.jwt.issuer", "a , b,a"), ("coalesce.channels", "stock:*,all"),
                ("connection.lifetime", "30m"), ("topic.prefix", "eu."), ("allowed.origins", "*"),
            ], environment: ["OUTBOX_THREADS": "4", "OUTBOX_LISTEN": "[::1]:0"])
        #expect(settings.access.issuers == ["a", "b"] && settings.access.algorithms == ["RS256", "ES256"])
        #expect(settings.slowClients.coalescedChannels == ["stock:*", "all"] && settings.connections.lifetime == 1_800_000)
        #expect(settings.topic == "eu.realtime.events" && settings.threads == 4 && settings.listen.isLoopback)
    }

    @Test(
        arguments: [
            ([], "jwt needs the keys"),
            ([("auth", "off"), ("listen", "0.0.0.0:8088")], "off would show every event"),
            ([("auth.jwt.secret", "short")], "too short for HS256"),
            ([("auth.jwt.secret", secret), ("auth.jwt.jwks", "k")], "auth.jwt.jwks is set as well"),
            ([("auth.jwt.secret", secret), ("auth.jwt.algorithms", "RS256")], "HMAC algorithms only"),
            ([("auth.jwt.jwks", "k"), ("auth.jwt.algorithms", "none")], "an algorithm that is not known"),
            ([("auth", "off"), ("coalesce.channels", "a*b")], "a name that no channel has"),
            ([("auth", "off"), ("tls.key", "k")], "tls.certificate is not set"),
            ([("auth", "off"), ("admin.token", "short")], "too short to be a secret"),
            ([("auth", "off"), ("listen", "off")], "has no port"),
            ([("auth", "off"), ("limit.message.bytes", "1 KiB")], "is smaller than limit.frame.bytes"),
            ([("auth", "off"), ("kafka.group.id", "x")], "without a group"),
            ([("auth", "off"), ("kafka.auto.offset.reset", "latest")], "told to reset"),
            ([("auth", "off"), ("slot.name", "x")], "it is one of outbox-relay"),
        ] as [([(String, String)], String)])
    func `what cannot be meant is refused`(settings: [(String, String)], problem: String) {
        #expect(problems(settings).contains(problem), "\(problems(settings))")
    }

    @Test func `auth off is allowed on this machine, and elsewhere when it is meant`() throws {
        #expect(try load([("auth", "off")]).access.mode == .off)
        #expect(try load([("auth", "off"), ("listen", "0.0.0.0:1"), ("auth.off.anywhere", "true")]).listen.port == 1)
    }

    @Test func `secrets are not shown`() throws {
        let settings = try load([("auth.jwt.secret", Self.secret), ("admin.token", Self.secret)])
        let shown = settings.redacted().filter { $0.value.contains("sss") }
        #expect(shown.isEmpty)
        #expect(settings.redacted().contains { $0.key == "admin.token" && $0.value == "***" })
    }
}
