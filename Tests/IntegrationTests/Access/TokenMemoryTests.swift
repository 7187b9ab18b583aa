import Foundation
import RealtimeAccess
import Telemetry
import TestSupport
import Testing

/// What cjose and jansson allocate for a token is given back. Here and not among the module's own tests, because those run beside others.
struct TokenMemoryTests {
    /// Bytes of memory of this process.
    private static func resident() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")[1]
        return (Int(pages) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// A leak of 32 bytes a token would be 6 MB.
    @Test func `two hundred thousand tokens, most of them spoiled, leave less than 3 MB`() throws {
        let keys = try [SigningKey.random(.hs256, id: "h"), .random(.rs256, id: "r"), .random(.es256, id: "e"), .random(.ps256)]
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let text = "{\"keys\":[\(try keys.map { try $0.verifyingJWK() }.joined(separator: ","))]}"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let source = KeySource.file(path: path)
        let algorithms = Set(SigningAlgorithm.allCases)
        let verifier = TokenVerifier(try KeyStore(source, logger: .disabled), rules: TokenRules(algorithms: algorithms))
        let tokens = try keys.map { Array(try TokenMaker($0).token(NewClaims(subject: "7", expiresAt: 2_000)).utf8) }
        var mutator = FrameMutator(corpus: tokens, seed: 6)

        func verify(_ count: Int) -> Int {
            var granted = 0
            for index in 0..<count {
                let token = index % 5 == 0 ? tokens[index / 5 % tokens.count] : mutator.next()
                if (try? verifier.verify(token, now: 1_000)) != nil { granted += 1 }
            }
            return granted
        }

        _ = verify(20_000)
        for _ in 0..<1_000 { _ = try KeyStore(source, logger: .disabled) }
        let before = try Self.resident()
        let granted = verify(200_000)
        for _ in 0..<5_000 { _ = try KeyStore(source, logger: .disabled) }
        let grown = try Self.resident() - before
        #expect(granted >= 40_000)
        #expect(grown < 3_000_000, "\(grown) bytes")
    }
}
