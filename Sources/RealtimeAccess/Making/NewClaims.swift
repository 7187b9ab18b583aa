internal import Telemetry

/// The claims of a token to be made. Times are seconds since 1970; what is nil or empty is left out.
public struct NewClaims: Hashable, Sendable {
    /// `sub`, the user.
    public var subject: String?
    public var channels: [String] = []
    public var issuer: String?
    public var audience: String?
    public var issuedAt: Int64?
    public var notBefore: Int64?
    public var expiresAt: Int64

    public init(subject: String?, expiresAt: Int64) {
        self.subject = subject
        self.expiresAt = expiresAt
    }

    var json: String {
        var members: [String] = []
        if let subject { members.append("\"sub\":\(JSONText.quoted(subject))") }
        if let issuer { members.append("\"iss\":\(JSONText.quoted(issuer))") }
        if let audience { members.append("\"aud\":\(JSONText.quoted(audience))") }
        if !channels.isEmpty { members.append("\"channels\":[\(channels.map(JSONText.quoted).joined(separator: ","))]") }
        if let issuedAt { members.append("\"iat\":\(issuedAt)") }
        if let notBefore { members.append("\"nbf\":\(notBefore)") }
        members.append("\"exp\":\(expiresAt)")
        return "{\(members.joined(separator: ","))}"
    }
}
