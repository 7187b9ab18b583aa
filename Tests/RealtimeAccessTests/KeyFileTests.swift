import Foundation
import RealtimeAccess
import Synchronization
import Telemetry
import Testing

/// Keys in a file, and what happens when it changes.
struct KeyFileTests {
    private let clock = TestClock()
    private let log = LogBox()

    private func verifier(_ file: TemporaryFile) throws -> TokenVerifier {
        let keys = try KeyStore(.file(path: file.path), logger: log.logger, clock: clock.read)
        return TokenVerifier(keys, rules: TokenRules(algorithms: Access.everything))
    }

    @Test func `kid picks the key, and a key without one serves all`() throws {
        let keys = try (0..<3).map { try SigningKey.random(.es256, id: "k\($0)") }
        let file = try Access.keyFile(keys)
        let verifier = try verifier(file)
        for key in keys { #expect(Access.refusal(try TokenMaker(key).token(Access.claims()), verifier) == nil) }
        let wrong = try TokenMaker(keys[0]).token(payload: Access.payload, header: ["kid": "k1"])
        #expect(Access.refusal(wrong, verifier) == .signature)
        let unknown = try TokenMaker(keys[0]).token(payload: Access.payload, header: ["kid": "k9"])
        #expect(Access.refusal(unknown, verifier) == .unknownKey)

        let nameless = try SigningKey.random(.es256)
        try file.write(Access.keySet([try nameless.verifyingJWK()]))
        clock.advance(seconds: 1)
        let named = try TokenMaker(nameless).token(payload: Access.payload, header: ["kid": "k9"])
        #expect(Access.refusal(named, verifier) == nil)
    }

    /// Beyond what 64 bits of nanoseconds hold: 2262, and 1678 from now.
    @Test(arguments: [-9_000_000_000.0, 10_500_000_000.0]) func `a file of another century is a file`(seconds: Double) throws {
        let key = try SigningKey.random(.es256, id: "k")
        let file = try Access.keyFile([key])
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: file.path)
        let verifier = try verifier(file)
        clock.advance(seconds: 1)
        #expect(Access.refusal(try TokenMaker(key).token(Access.claims()), verifier) == nil)
    }

    @Test func `without kid every fitting key is tried, up to the limit`() throws {
        let keys = try (0..<9).map { try SigningKey.random(.es256, id: "k\($0)") }
        let nameless = try keys.map {
            try SigningKey(jwk: Array(try $0.signingJWK().replacingOccurrences(of: ",\"kid\":\"\($0.id ?? "")\"", with: "").utf8))
        }
        let verifier = try verifier(try Access.keyFile(keys))
        for key in nameless.prefix(8) { #expect(Access.refusal(try TokenMaker(key).token(Access.claims()), verifier) == nil) }
        #expect(Access.refusal(try TokenMaker(nameless[8]).token(Access.claims()), verifier) == .signature)
    }

    @Test func `a changed file is read within a second, and an unknown key makes it at once`() throws {
        let old = try SigningKey.random(.es256, id: "old")
        let new = try SigningKey.random(.es256, id: "new")
        let file = try Access.keyFile([old])
        let verifier = try verifier(file)
        try file.write(Access.keySet([try new.verifyingJWK()]))
        #expect(Access.refusal(try TokenMaker(old).token(Access.claims()), verifier) == nil)
        // The pace of looking because of unknown keys.
        #expect(Access.refusal(try TokenMaker(new).token(Access.claims()), verifier) == .unknownKey)
        clock.advance(milliseconds: 100)
        #expect(Access.refusal(try TokenMaker(new).token(Access.claims()), verifier) == nil)
        #expect(Access.refusal(try TokenMaker(old).token(Access.claims()), verifier) == .unknownKey)

        try file.write(Access.keySet([try old.verifyingJWK()]))
        clock.advance(milliseconds: 999)
        #expect(Access.refusal(try TokenMaker(new).token(Access.claims()), verifier) == nil)
        clock.advance(milliseconds: 1)
        #expect(Access.refusal(try TokenMaker(new).token(Access.claims()), verifier) == .unknownKey)
    }

    @Test(arguments: [
        "", "{", "[]", "{}", #"{"keys":[]}"#, #"{"keys":{}}"#,
        #"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
    ])
    func `a bad new file leaves the old keys, is logged once, and a good one mends it`(text: String) throws {
        let key = try SigningKey.random(.es256, id: "k")
        let file = try Access.keyFile([key])
        let verifier = try verifier(file)
        let token = try TokenMaker(key).token(Access.claims())
        try file.write(text)
        for _ in 0..<5 {
            clock.advance(seconds: 1)
            #expect(Access.refusal(token, verifier) == nil)
        }
        #expect(log.lines.filter { $0.contains("is not used") }.count >= 1)
        #expect(verifier.hasOutdatedKeys)
        let other = try SigningKey.random(.rs256, id: "k")
        try file.write(Access.keySet([try other.verifyingJWK()]))
        clock.advance(seconds: 1)
        #expect(Access.refusal(token, verifier) == .algorithm)
        #expect(!verifier.hasOutdatedKeys)
        #expect(throws: KeyProblem.self) { try KeyStore(.file(path: try TemporaryFile(text).path), logger: .disabled) }
    }

    @Test func `a file that is gone leaves the old keys, which is said once, and is welcome when it comes back`() throws {
        let key = try SigningKey.random(.es256, id: "k")
        let file = try Access.keyFile([key])
        let verifier = try verifier(file)
        #expect(verifier.readsKeyFile && !verifier.hasOutdatedKeys)
        let aside = file.path + ".aside"
        try FileManager.default.moveItem(atPath: file.path, toPath: aside)
        for _ in 0..<3 {
            clock.advance(seconds: 5)
            // Nobody has to come for it to be noticed.
            #expect(verifier.hasOutdatedKeys)
        }
        #expect(log.lines.filter { $0.contains("is gone") }.count == 1)
        #expect(Access.refusal(try TokenMaker(key).token(Access.claims()), verifier) == nil)
        try FileManager.default.moveItem(atPath: aside, toPath: file.path)
        clock.advance(seconds: 5)
        #expect(!verifier.hasOutdatedKeys)
        try FileManager.default.removeItem(atPath: file.path)
        #expect(throws: KeyProblem.self) { try KeyStore(.file(path: file.path), logger: .disabled) }
        #expect(throws: KeyProblem.self) { try KeyStore(.file(path: "/dev/zero"), logger: .disabled) }
        #expect(throws: KeyProblem.self) { try KeyStore(.file(path: "/tmp"), logger: .disabled) }
    }

    @Test func `entries that cannot verify are left out, and private halves are reported`() throws {
        let good = try SigningKey.random(.rs256, id: "good")
        let entries = [
            try good.signingJWK(), #"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#, #"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#,
            try SigningKey.random(.rs256).verifyingJWK().replacingOccurrences(of: #""use":"sig""#, with: #""use":"enc""#),
            try SigningKey.random(.rs256).verifyingJWK().replacingOccurrences(of: "RS256", with: "HS256"),
            #"{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}"#,
            #"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#, #"{"kty":"oct","k":"c2hvcnQ"}"#, #"{"kty":7}"#, "7",
            #"{"kty":"RSA","n":"\#(String(repeating: "f", count: 4000))","e":"AQAB"}"#,
        ]
        let file = try TemporaryFile(Access.keySet(entries))
        let store = try KeyStore(.file(path: file.path), logger: log.logger)
        #expect(store.count == 1)
        #expect(log.lines.contains { $0.contains("left out") && $0.contains("10") })
        #expect(log.lines.contains { $0.contains("private keys") })
        let secret = try good.signingJWK()
        let longest = try #require(secret.split(separator: "\"").max { $0.count < $1.count })
        #expect(!log.lines.joined().contains(longest))
    }

    @Test func `many threads verify at once while the keys change`() throws {
        let keys = try [SigningKey.random(.rs256, id: "a"), .random(.es256, id: "b"), .random(.ps384, id: "c")]
        let file = try Access.keyFile(keys)
        let verifier = try verifier(file)
        let tokens = try keys.map { try TokenMaker($0).token(Access.claims()) }
        let forged = tokens.map { String($0.dropLast(4)) + "AAAA" }
        let text = try String(contentsOfFile: file.path, encoding: .utf8)
        let wrong = Atomic(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<150 {
                if thread == 0, round % 10 == 0 {
                    try? file.write(text + String(repeating: " ", count: round))
                    clock.advance(seconds: 1)
                }
                let pick = (thread + round) % 3
                if Access.refusal(tokens[pick], verifier) != nil { wrong.add(1, ordering: .relaxed) }
                if Access.refusal(forged[pick], verifier) == nil { wrong.add(1, ordering: .relaxed) }
            }
        }
        #expect(wrong.load(ordering: .relaxed) == 0)
    }
}

/// Nanoseconds that go on only when the test says so.
final class TestClock: Sendable {
    private let time = Atomic<Int64>(1_000_000_000_000)

    var read: @Sendable () -> Int64 { { self.time.load(ordering: .relaxed) } }

    func advance(seconds: Int64 = 0, milliseconds: Int64 = 0) {
        time.add(seconds * 1_000_000_000 + milliseconds * 1_000_000, ordering: .relaxed)
    }
}

/// Keeps the lines that a logger writes.
final class LogBox: Sendable {
    private let text = Mutex<[String]>([])

    var logger: Logger {
        Logger(
            level: .debug, format: .text,
            sink: { line in self.text.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
    }

    var lines: [String] { text.withLock { $0 } }
}
