import Foundation
import RealtimeAccess
import Telemetry

/// A verifier of one secret or of keys in a file, and what tests say again and again.
enum Access {
    /// The moment at which all tests verify.
    static let now: Int64 = 1_800_000_000
    static let secret = Array("a secret of the tests with more than 64 bytes, so that HS512 may use it too".utf8)
    static let everything = Set(SigningAlgorithm.allCases)

    static func verifier(
        _ source: KeySource = .secret(secret), algorithms: Set<SigningAlgorithm> = everything,
        change: (inout TokenRules) -> Void = { _ in }
    ) throws -> TokenVerifier {
        var rules = TokenRules(algorithms: algorithms)
        change(&rules)
        return TokenVerifier(try KeyStore(source, logger: .disabled), rules: rules)
    }

    static func keyFile(_ keys: [SigningKey]) throws -> TemporaryFile {
        try TemporaryFile(keySet(try keys.map { try $0.verifyingJWK() }))
    }

    static func keySet(_ keys: [String]) -> String { "{\"keys\":[\(keys.joined(separator: ","))]}" }

    static func claims(_ subject: String? = "7", _ change: (inout NewClaims) -> Void = { _ in }) -> NewClaims {
        var claims = NewClaims(subject: subject, expiresAt: now + 600)
        change(&claims)
        return claims
    }

    static let payload = #"{"sub":"7","exp":1800000600}"#

    /// Why a token is refused; nil when it is not.
    static func refusal(_ token: String, _ verifier: TokenVerifier, now: Int64 = now) -> TokenRefusal.Reason? {
        do throws(TokenRefusal) {
            _ = try verifier.verify(token, now: now)
            return nil
        } catch {
            return error.reason
        }
    }
}

/// A file that goes with its object.
final class TemporaryFile: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("keys-\(UUID().uuidString).json").path

    init(_ text: String) throws { try write(text) }

    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
