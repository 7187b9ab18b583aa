import Foundation
import RealtimeAccess
import Testing

/// Tokens that are made to be believed and must not be.
struct TokenAttackTests {
    private let verifier: TokenVerifier

    init() throws { verifier = try Access.verifier() }

    @Test func `the honest token passes`() throws {
        let token = RawToken.hs256(payload: Access.payload, secret: Access.secret)
        #expect(
            try verifier.verify(token, now: Access.now)
                == TokenGrant(user: "7", channels: [], expiresAt: Access.now + 600, endsAt: Access.now + 630))
    }

    @Test(arguments: [
        "none", "None", "NONE", "nOnE", "none ", " none", "no\\u006ee", "", "hs256", "HS256 ", "HS256\\u0000", "EdDSA", "dir",
        "A128KW", "RSA-OAEP",
    ])
    func `an algorithm that is not allowed is refused in all spellings`(name: String) throws {
        let header = "{\"alg\":\"\(name)\",\"typ\":\"JWT\"}"
        let signed = RawToken.hs256(header: header, payload: Access.payload, secret: Access.secret)
        #expect(Access.refusal(signed, verifier) == .algorithm)
        let bare = RawToken.encode(header) + "." + RawToken.encode(Access.payload) + "."
        #expect(Access.refusal(bare, verifier) == .signature)
    }

    @Test(arguments: [
        #"{"alg":null}"#, #"{"alg":256}"#, #"{"alg":["HS256"]}"#, #"{"alg":{"HS256":1}}"#, "{}", #"{"ALG":"HS256"}"#,
    ])
    func `the algorithm has to be a text under its own name`(header: String) {
        #expect(
            Access.refusal(RawToken.hs256(header: header, payload: Access.payload, secret: Access.secret), verifier) == .algorithm
        )
    }

    @Test(arguments: [
        #"{"alg":"HS256","alg":"none"}"#, #"{"alg":"none","alg":"HS256"}"#, #"{"alg":"HS256","kid":"a","kid":"b"}"#,
        #"{"alg":"HS256","\u0061lg":"none"}"#, "[]", "\"HS256\"", "HS256", "", "{", "{\"alg\":\"HS256\"}x",
        "\u{FEFF}{\"alg\":\"HS256\"}",
        #"{"alg":"HS256","kid":7}"#, #"{"alg":"HS256","kid":""}"#, #"{"alg":"HS256","kid":null}"#,
    ])
    func `a header with duplicate members, or none at all, is malformed`(header: String) {
        #expect(
            Access.refusal(RawToken.hs256(header: header, payload: Access.payload, secret: Access.secret), verifier) == .malformed
        )
    }

    @Test(arguments: [
        (#"{"alg":"HS256","crit":["exp"]}"#, TokenRefusal.Reason.header), (#"{"alg":"HS256","crit":[]}"#, .header),
        (#"{"alg":"HS256","crit":null}"#, .header), (#"{"alg":"HS256","crit":["b64"],"b64":false}"#, .header),
        (#"{"alg":"HS256","typ":"logout+jwt"}"#, .header), (#"{"alg":"HS256","typ":"dpop+jwt"}"#, .header),
        (#"{"alg":"HS256","typ":7}"#, .header), (#"{"alg":"HS256","enc":"A128GCM"}"#, .encrypted),
        (#"{"alg":"HS256","zip":"DEF"}"#, .encrypted),
    ])
    func `extensions, other types and encryption are refused`(header: String, reason: TokenRefusal.Reason) {
        #expect(
            Access.refusal(RawToken.hs256(header: header, payload: Access.payload, secret: Access.secret), verifier) == reason)
    }

    @Test(arguments: ["JWT", "jwt", "at+jwt", "application/at+jwt"]) func `tokens of our type pass`(type: String) {
        let header = "{\"alg\":\"HS256\",\"typ\":\"\(type)\"}"
        #expect(Access.refusal(RawToken.hs256(header: header, payload: Access.payload, secret: Access.secret), verifier) == nil)
    }

    @Test func `a key or an address of one in the header means nothing`() throws {
        let mine = try SigningKey.random(.es256)
        let token = try TokenMaker(mine).token(
            payload: Access.payload, header: ["jwk": try mine.verifyingJWK(), "jku": "https://attacker.example/keys", "x5u": "x"])
        let file = try Access.keyFile([.random(.es256)])
        #expect(Access.refusal(token, try Access.verifier(.file(path: file.path))) == .signature)
    }

    @Test func `an RSA or EC public key never becomes a secret`() throws {
        let rsa = try SigningKey.random(.rs256, id: "r")
        let ec = try SigningKey.random(.es256, id: "e")
        let file = try Access.keyFile([rsa, ec])
        let verifier = try Access.verifier(.file(path: file.path))
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        for jwk in [try rsa.verifyingJWK(), try ec.verifyingJWK(), text] {
            for id in ["r", "e"] {
                let header = "{\"alg\":\"HS256\",\"kid\":\"\(id)\"}"
                let forged = RawToken.hs256(header: header, payload: Access.payload, secret: Array(jwk.utf8))
                #expect(Access.refusal(forged, verifier) == .algorithm)
            }
            let forged = RawToken.hs256(payload: Access.payload, secret: Array(jwk.utf8))
            #expect(Access.refusal(forged, verifier) == .unknownKey)
        }
        let empty = RawToken.hs256(header: #"{"alg":"HS256","kid":"r"}"#, payload: Access.payload, secret: [])
        #expect(Access.refusal(empty, verifier) == .algorithm)
    }

    @Test(arguments: [
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
        "\n-----BEGIN CERTIFICATE-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n",
        #"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4"}"#, "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDX",
        "short", "",
    ])
    func `a public key as the secret is refused at the start, and a short one`(text: String) {
        #expect(throws: KeyProblem.self) { try Access.verifier(.secret(Array(text.utf8))) }
    }

    @Test func `an algorithm outside the list is refused before any key is looked at`() throws {
        let key = try SigningKey.random(.rs256, id: "r")
        let file = try Access.keyFile([key])
        let verifier = try Access.verifier(.file(path: file.path), algorithms: [.es256])
        #expect(Access.refusal(try TokenMaker(key).token(Access.claims()), verifier) == .algorithm)
    }

    @Test func `a key's own algorithm binds it`() throws {
        let key = try SigningKey.random(.rs256, id: "r")
        let other = try SigningKey(
            jwk: Array(try key.signingJWK().replacingOccurrences(of: #""alg":"RS256","#, with: "").utf8), algorithm: .ps256)
        let file = try Access.keyFile([key])
        #expect(
            Access.refusal(try TokenMaker(other).token(Access.claims()), try Access.verifier(.file(path: file.path)))
                == .algorithm)
    }

    @Test(arguments: [
        (".", TokenRefusal.Reason.malformed), ("", .malformed), ("..", .signature), ("a.b", .malformed), ("a.b.c.d", .malformed),
        ("a.b.c.d.e", .encrypted), ("a.b.c.d.e.f", .malformed), ("....", .encrypted), ("\u{0}.\u{0}.\u{0}", .malformed),
        ("a b", .malformed),
    ])
    func `what has not three parts is refused`(token: String, reason: TokenRefusal.Reason) {
        #expect(Access.refusal(token, verifier) == reason)
    }

    @Test func `a stripped, shortened or lengthened signature is refused`() {
        let token = RawToken.hs256(payload: Access.payload, secret: Access.secret)
        let parts = token.split(separator: ".").map(String.init)
        let body = parts[0] + "." + parts[1]
        #expect(Access.refusal(body, verifier) == .malformed)
        #expect(Access.refusal(body + ".", verifier) == .signature)
        let digest = RawToken.hmac(body, secret: Access.secret)
        for count in 1..<32 {
            #expect(Access.refusal(body + "." + RawToken.encode(digest.prefix(count)), verifier) == .signature)
        }
        #expect(Access.refusal(body + "." + RawToken.encode(digest + [0]), verifier) == .signature)
        #expect(Access.refusal(body + "." + RawToken.encode([UInt8](repeating: 0, count: 32)), verifier) == .signature)
    }

    @Test func `base64url has one spelling`() {
        let token = RawToken.hs256(payload: Access.payload, secret: Access.secret)
        let parts = token.split(separator: ".").map(String.init)
        // The last character of 32 bytes carries two bits that mean nothing.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = alphabet.firstIndex(of: parts[2].last!)!
        for sister in last + 1...last + 3 {
            #expect(Access.refusal(token.dropLast() + String(alphabet[sister]), verifier) == .malformed)
        }
        for spelling in [
            token + "=", token + "==", token + "=garbage", token + "\n", token + " ", " " + token,
            parts[0] + "=." + parts[1] + "." + parts[2],
        ] {
            #expect(Access.refusal(spelling, verifier) == .malformed)
        }
        #expect(Access.refusal(parts[0] + "." + parts[1] + "." + "+/" + parts[2].dropFirst(2), verifier) == .malformed)
    }

    @Test(arguments: [SigningAlgorithm.es256, .es384, .es512]) func `an ECDSA signature has exactly its length`(
        algorithm: SigningAlgorithm
    ) throws {
        let key = try SigningKey.random(algorithm)
        let file = try Access.keyFile([key])
        let verifier = try Access.verifier(.file(path: file.path))
        let token = try TokenMaker(key).token(Access.claims())
        #expect(Access.refusal(token, verifier) == nil)
        let body = token.split(separator: ".").prefix(2).joined(separator: ".")
        let signature = try #require(decode(token.split(separator: ".")[2]))
        let half = signature.count / 2
        let padded = [0] + signature.prefix(half) + [0] + signature.suffix(half)
        for wrong in [
            signature + [0], padded, Array(signature.dropLast()), [UInt8](repeating: 0, count: 2 * half),
            Array(signature.suffix(half) + signature.prefix(half)),
        ] {
            #expect(Access.refusal(body + "." + RawToken.encode(wrong), verifier) == .signature)
        }
    }

    @Test func `the curve belongs to the algorithm`() throws {
        let key = try SigningKey.random(.es384, id: "k")
        let file = try Access.keyFile([key])
        let token = try TokenMaker(key).token(Access.claims())
        let header = RawToken.encode(#"{"alg":"ES256","kid":"k"}"#)
        let forged = header + "." + token.split(separator: ".").dropFirst().joined(separator: ".")
        #expect(Access.refusal(forged, try Access.verifier(.file(path: file.path))) == .algorithm)
    }

    @Test func `a huge token is refused by its size alone`() {
        #expect(Access.refusal(String(repeating: "a", count: 8193), verifier) == .tooLarge)
        let payload = "{\"exp\":1800000600,\"x\":\"\(String(repeating: "x", count: 7000))\"}"
        #expect(Access.refusal(RawToken.hs256(payload: payload, secret: Access.secret), verifier) == .tooLarge)
        #expect(Access.refusal(String(repeating: ".", count: 8192), verifier) == .malformed)
        let deep = String(repeating: "[", count: 3000)
        #expect(
            Access.refusal(RawToken.hs256(header: deep, payload: Access.payload, secret: Access.secret), verifier) == .malformed)
    }

    @Test func `every truncation is refused`() {
        let token = RawToken.hs256(payload: Access.payload, secret: Access.secret)
        for count in 0..<token.count { #expect(Access.refusal(String(token.prefix(count)), verifier) != nil) }
    }

    @Test func `a refusal holds nothing of the token`() {
        let token = RawToken.hs256(payload: #"{"sub":"somebody-known","exp":5}"#, secret: Access.secret)
        do throws(TokenRefusal) {
            _ = try verifier.verify(token, now: Access.now)
        } catch {
            #expect(error.description == "the token has expired")
        }
    }

    private func decode(_ text: Substring) -> [UInt8]? {
        let plain = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)).map(Array.init)
    }
}
