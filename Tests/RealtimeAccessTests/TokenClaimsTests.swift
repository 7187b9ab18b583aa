import RealtimeAccess
import Testing

/// What the claims of a well-signed token lead to.
struct TokenClaimsTests {
    private func token(_ payload: String) -> String { RawToken.hs256(payload: payload, secret: Access.secret) }

    @Test(
        arguments: [
            (#"{"exp":1800000600}"#, nil), (#"{"exp":1800000600,"sub":"u-1"}"#, "u-1"), (#"{"exp":1800000600,"sub":42}"#, "42"),
            (#"{"exp":1800000600,"sub":-1}"#, "-1"), (#"{"exp":1800000600.9,"sub":"auth0|6"}"#, "auth0|6"),
            (#"{"exp":1.8000006e9,"sub":"ü"}"#, "ü"), (#"{"exp":1e300,"sub":"7"}"#, "7"),
        ] as [(String, String?)])
    func `sub is a text or an integer`(payload: String, user: String?) throws {
        #expect(try Access.verifier().verify(token(payload), now: Access.now).user == user)
    }

    @Test(arguments: [
        "{}", #"{"sub":"7"}"#, #"{"exp":null}"#, #"{"exp":"1800000600"}"#, #"{"exp":true}"#, #"{"exp":1800000600,"nbf":"x"}"#,
        #"{"exp":1800000600,"iat":[]}"#, #"{"exp":1800000600,"sub":7.5}"#, #"{"exp":1800000600,"sub":""}"#,
        #"{"exp":1800000600,"sub":null}"#, #"{"exp":1800000600,"sub":{}}"#, #"{"exp":1800000600,"sub":"a\u0000b"}"#,
        #"{"exp":1800000600,"sub":"a\nb"}"#, #"{"exp":1800000600,"iss":7}"#, #"{"exp":1800000600,"aud":7}"#,
        #"{"exp":1800000600,"aud":["a",7]}"#, #"{"exp":1800000600,"channels":"public"}"#,
        #"{"exp":1800000600,"channels":[7]}"#, #"{"exp":1800000600,"channels":["a b"]}"#, #"{"exp":1800000600,"channels":[""]}"#,
        #"{"exp":1800000600,"channels":["a*b"]}"#, #"{"exp":1800000600,"channels":["**"]}"#,
        #"{"exp":1800000600,"channels":null}"#,
    ])
    func `a claim of another type is refused`(payload: String) throws {
        #expect(Access.refusal(token(payload), try Access.verifier()) == .claims)
    }

    @Test(arguments: [
        "[]", "7", "x", "", "{\"exp\":1800000600}}", #"{"exp":1800000600,"exp":1900000000}"#, #"{"exp":99999999999999999999}"#,
        #"{"exp":1e999}"#,
    ])
    func `claims that are no object with distinct names are malformed`(payload: String) throws {
        #expect(Access.refusal(token(payload), try Access.verifier()) == .malformed)
    }

    @Test func `channels are taken as they are`() throws {
        let grant = try Access.verifier().verify(
            token(#"{"exp":1800000600,"channels":["order:42","team:*","*","public"]}"#), now: Access.now)
        #expect(grant.channels == ["order:42", "team:*", "*", "public"])
        let many = (0...100).map { "\"c\($0)\"" }.joined(separator: ",")
        #expect(Access.refusal(token("{\"exp\":1800000600,\"channels\":[\(many)]}"), try Access.verifier()) == .claims)
    }

    @Test(
        arguments: [
            (0, nil), (599, nil), (629, nil), (630, .expired), (100_000, .expired),
        ] as [(Int64, TokenRefusal.Reason?)])
    func `a token ends at exp and the leeway`(after: Int64, reason: TokenRefusal.Reason?) throws {
        #expect(Access.refusal(token(Access.payload), try Access.verifier(), now: Access.now + after) == reason)
    }

    @Test(
        arguments: [
            ("nbf", 0, nil), ("nbf", 30, nil), ("nbf", 31, .notYetValid), ("iat", -100_000, nil), ("iat", 30, nil),
            ("iat", 31, .notYetValid),
        ] as [(String, Int64, TokenRefusal.Reason?)])
    func `a token of the future is refused beyond the leeway`(claim: String, offset: Int64, reason: TokenRefusal.Reason?) throws {
        let payload = "{\"exp\":1900000000,\"\(claim)\":\(Access.now + offset)}"
        #expect(Access.refusal(token(payload), try Access.verifier()) == reason)
    }

    @Test(
        arguments: [
            (#""iss":"https://id.example""#, nil), (#""iss":"https://id.example/""#, .issuer),
            (#""iss":"HTTPS://ID.EXAMPLE""#, .issuer), (#""x":1"#, .issuer),
        ] as [(String, TokenRefusal.Reason?)])
    func `a configured issuer has to be named exactly`(claim: String, reason: TokenRefusal.Reason?) throws {
        let verifier = try Access.verifier { $0.issuers = ["https://other.example", "https://id.example"] }
        #expect(Access.refusal(token("{\"exp\":1800000600,\(claim)}"), verifier) == reason)
    }

    @Test(
        arguments: [
            (#""aud":"shop""#, nil), (#""aud":["mail","shop"]"#, nil), (#""aud":"mail""#, .audience), (#""aud":[]"#, .audience),
            (#""x":1"#, .audience),
            (#""aud":"shop ""#, .audience),
        ] as [(String, TokenRefusal.Reason?)])
    func `a configured audience has to be among those of the token`(claim: String, reason: TokenRefusal.Reason?) throws {
        let verifier = try Access.verifier { $0.audiences = ["shop", "store"] }
        #expect(Access.refusal(token("{\"exp\":1800000600,\(claim)}"), verifier) == reason)
    }

    @Test func `a token for an audience is refused where none is configured`() throws {
        #expect(Access.refusal(token(#"{"exp":1800000600,"aud":"mail"}"#), try Access.verifier()) == .audience)
    }
}
