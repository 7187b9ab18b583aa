import RealtimeAccess
import Testing

struct OriginRulesTests {
    @Test(
        arguments: [
            ("https://shop.example", "shop.example", true), ("http://shop.example", "shop.example", true),
            ("https://SHOP.example", "shop.EXAMPLE", true), ("https://shop.example", "shop.example:443", true),
            ("https://shop.example:443", "shop.example", true), ("http://127.0.0.1:8080", "127.0.0.1:8080", true),
            ("http://[::1]:8080", "[::1]:8080", true), ("https://shop.example.", "shop.example", true),
            ("https://shop.example", "shop.example:8443", false), ("https://shop.example:8443", "shop.example", false),
            ("https://evil.example", "shop.example", false), ("https://shop.example.evil.example", "shop.example", false),
            ("null", "null", false), ("", "shop.example", false), ("shop.example", "shop.example", false),
            ("https://", "shop.example", false), ("https://shop.example/", "shop.example", false),
            ("https://user@shop.example", "shop.example", false), ("https://shop.example:", "shop.example", false),
            ("https://shop.example:0", "shop.example", false), ("https://shop.example:99999", "shop.example", false),
            ("https://shop.example evil", "shop.example", false), ("https://shop.example", nil, false),
            ("https://shop.example", "", false),
            ("https://[::1", "[::1", false), ("https://%73hop.example", "shop.example", false),
        ] as [(String, String?, Bool)])
    func `by default the page has to come from our own host`(origin: String, host: String?, allowed: Bool) {
        #expect(OriginRules.sameOrigin.allows(origin: origin, host: host) == allowed)
    }

    @Test(arguments: [
        ("https://shop.example", true), ("https://a.b.example", true), ("https://x.a.b.example", true),
        ("https://b.example", false),
        ("http://a.b.example", false), ("https://ab.example", false), ("https://evilb.example", false),
        ("https://a.b.example:8443", false),
        ("https://shop.example:443", true), ("https://shop.example:444", false), ("http://shop.example", false),
        ("http://localhost:3000", true), ("http://localhost", false), ("https://own.example", true), ("null", false),
        ("https://.b.example", false), ("https://*.b.example", false),
    ])
    func `listed origins pass`(origin: String, allowed: Bool) throws {
        let rules = try OriginRules(["https://shop.example", "https://*.b.example", "http://localhost:3000", "same-origin"])
        #expect(rules.allows(origin: origin, host: "own.example") == allowed)
    }

    @Test func `no origin is no browser, and a star is everybody`() throws {
        #expect(OriginRules.sameOrigin.allows(origin: nil, host: nil))
        #expect(try OriginRules(["*"]).allows(origin: "null", host: nil))
        #expect(try OriginRules(["https://a.example"]).allows(origin: "https://own.example", host: "own.example") == false)
    }

    @Test(arguments: [
        "shop.example", "https://", "https://*", "*.example", "https://a.*.example", "https://a.example/path", "", " *",
        "https://*.*.example",
    ])
    func `a rule that is no origin is named`(text: String) {
        #expect(throws: OriginRuleError.self) { try OriginRules([text]) }
    }

    @Test func `the answer names the origin that may read it`() throws {
        let rules = try OriginRules(["https://a.example"])
        #expect(
            rules.corsHeaders(origin: "https://a.example", host: nil).map(\.value) == [
                "https://a.example", "Retry-After", "Origin",
            ])
        #expect(rules.corsHeaders(origin: "https://b.example", host: nil).map(\.name) == ["Vary"])
        #expect(try OriginRules(["*"]).corsHeaders(origin: "https://a\r\nx: y", host: nil).map(\.name) == ["Vary"])
    }
}
