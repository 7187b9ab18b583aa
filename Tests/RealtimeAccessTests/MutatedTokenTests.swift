import RealtimeAccess
import TestSupport
import Testing

/// Tokens spoiled at random: none of them may pass that is not the original, and none may bring the process down.
struct MutatedTokenTests {
    @Test(arguments: [UInt64(1), 2, 3]) func `thirty thousand mutations are refused`(seed: UInt64) throws {
        let keys = try [
            SigningKey.random(.rs256, id: "r"), .random(.es256, id: "e"), .random(.hs256, id: "h"), .random(.es512),
            .random(.ps256),
        ]
        let file = try Access.keyFile(keys)
        let verifier = try Access.verifier(.file(path: file.path))
        let originals = try keys.map { Array(try TokenMaker($0).token(Access.claims { $0.channels = ["a", "b:*"] }).utf8) }
        for token in originals { #expect(try verifier.verify(token, now: Access.now).user == "7") }
        var mutator = FrameMutator(corpus: originals, seed: seed)
        var passed = 0
        for _ in 0..<30_000 {
            let token = mutator.next()
            do throws(TokenRefusal) {
                _ = try verifier.verify(token, now: Access.now)
                // A mutation may give back what it took.
                if !originals.contains(token) { passed += 1 }
            } catch {}
        }
        #expect(passed == 0)
    }

    @Test func `headers and claims spoiled before they are signed do no harm`() throws {
        let verifier = try Access.verifier()
        let texts = [
            #"{"alg":"HS256","typ":"JWT","kid":"h"}"#,
            #"{"sub":"7","exp":1800000600,"aud":["a","b"],"channels":["x:*","y"],"iat":1,"nbf":1.5}"#,
        ].map { Array($0.utf8) }
        var mutator = FrameMutator(corpus: texts, seed: 4)
        var granted = 0
        for _ in 0..<30_000 {
            let body = RawToken.encode(mutator.next()) + "." + RawToken.encode(mutator.next())
            let token = body + "." + RawToken.encode(RawToken.hmac(body, secret: Access.secret))
            if Access.refusal(token, verifier) == nil { granted += 1 }
        }
        // Some spoil nothing that counts; most do.
        #expect((1..<15_000).contains(granted))
    }
}
