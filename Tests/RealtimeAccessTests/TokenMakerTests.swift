import RealtimeAccess
import Testing

struct TokenMakerTests {
    @Test(arguments: SigningAlgorithm.allCases) func `a made token is verified by the published half of its key`(
        algorithm: SigningAlgorithm
    ) throws {
        let key = try SigningKey.random(algorithm, id: "2027-a")
        let again = try SigningKey(jwk: Array(try key.signingJWK().utf8))
        #expect(again.algorithm == algorithm && again.id == "2027-a")
        let file = try Access.keyFile([key])
        let verifier = try Access.verifier(.file(path: file.path), algorithms: [algorithm]) { $0.audiences = ["shop"] }
        let claims = Access.claims("u\"7") {
            $0.audience = "shop"
            $0.issuer = "me"
            $0.channels = ["order:*"]
            $0.issuedAt = Access.now
            $0.notBefore = Access.now
        }
        for maker in [TokenMaker(key), TokenMaker(again)] {
            let grant = try verifier.verify(try maker.token(claims), now: Access.now)
            #expect(grant.user == "u\"7" && grant.channels == ["order:*"])
        }
        #expect(try key.verifyingJWK().contains("\"d\"") == false)
        #expect(try key.signingJWK().contains(algorithm.isSymmetric ? "\"k\"" : "\"d\""))
    }

    @Test func `a public key cannot sign, and a secret is not for every algorithm`() throws {
        for algorithm in [SigningAlgorithm.rs256, .es256] {
            let text = try SigningKey.random(algorithm).verifyingJWK()
            #expect(throws: KeyProblem.self) { try SigningKey(jwk: Array(text.utf8)) }
        }
        #expect(throws: KeyProblem.self) { try SigningKey(secret: Array("short".utf8)) }
        #expect(throws: KeyProblem.self) { try SigningKey(secret: [UInt8](repeating: 1, count: 40), algorithm: .hs512) }
        #expect(throws: KeyProblem.self) { try SigningKey(secret: Access.secret, algorithm: .rs256) }
    }

    @Test(arguments: [SigningAlgorithm.es256, .es512, .rs256, .ps256]) func `a thousand signatures all have their length`(
        algorithm: SigningAlgorithm
    ) throws {
        let key = try SigningKey.random(algorithm)
        let file = try Access.keyFile([key])
        let verifier = try Access.verifier(.file(path: file.path))
        for index in 0..<(algorithm == .es256 ? 1000 : 200) {
            let token = try TokenMaker(key).token(Access.claims("user-\(index)"))
            #expect(Access.refusal(token, verifier) == nil)
        }
    }
}
