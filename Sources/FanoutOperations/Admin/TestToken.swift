public import CommandLineKit
public import Configuration
import Realtime
import RealtimeAccess
public import RelayOperations
import ServiceRuntime

/// A token for tests, signed with the secret of the settings.
public struct TestToken {
    public let text: String
    public let json: JSONValue

    /// Throws a sentence when the settings have no secret, or a channel is none.
    public init(_ settings: FanoutSettings, user: String?, channels: [String], seconds: Int) throws(OperationError) {
        guard let secret = settings.access.secret else {
            throw OperationError("auth.jwt.secret is not set: with a JWKS file only the holder of the private key makes tokens")
        }
        for channel in channels where ChannelPattern(channel) == nil { throw OperationError("\(channel) is no channel") }
        guard let algorithm = settings.access.algorithms.compactMap({ SigningAlgorithm(rawValue: $0) }).first else {
            throw OperationError("auth.jwt.algorithms names none")
        }
        let now = MonotonicTime.wallClockMicroseconds() / 1_000_000
        var claims = NewClaims(subject: user, expiresAt: now + Int64(seconds))
        claims.channels = channels
        claims.issuedAt = now
        claims.issuer = settings.access.issuers.first
        claims.audience = settings.access.audiences.first
        do throws(KeyProblem) {
            text = try TokenMaker(SigningKey(secret: Array(secret.utf8), algorithm: algorithm)).token(claims)
        } catch { throw OperationError("auth.jwt.secret: \(error)") }
        json = [
            "token": JSONValue(text), "user": JSONValue(user), "channels": .array(channels.map { JSONValue($0) }),
            "expires_at": JSONValue(claims.expiresAt),
        ]
    }
}
