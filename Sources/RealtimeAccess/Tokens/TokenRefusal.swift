/// Why a token was refused. Carries nothing of the token, so that it can be logged, counted and told to the client.
public struct TokenRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kinds of refusal; the raw value is the label of a metric and the word for a client.
    public enum Reason: String, CaseIterable, Hashable, Sendable {
        /// Not three parts of base64url, or a header or claims that are no JSON object.
        case malformed
        case tooLarge = "too_large"
        case encrypted
        /// `none`, an algorithm that the configuration does not allow, or one that is not for this kind of key.
        case algorithm
        /// A header that demands an extension (`crit`), or the token of another purpose (`typ`).
        case header
        case unknownKey = "unknown_key"
        case signature
        case expired
        case notYetValid = "not_yet_valid"
        case issuer
        case audience
        /// A claim that is missing or of another type.
        case claims
    }

    public let reason: Reason
    /// One sentence without any of the token's contents.
    public let description: String

    public init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }
}
