/// The `code` of an error message.
public enum FaultCode: String, Sendable, CaseIterable {
    /// No JSON object with a `type`, or a field of another kind than it should be.
    case malformed
    case unknownType = "unknown_type"
    case invalidChannel = "invalid_channel"
    case invalidTypes = "invalid_types"
    case invalidCursor = "invalid_cursor"
    case forbidden
    case tooManyChannels = "too_many_channels"
    /// An earlier message of this kind has not been answered yet.
    case busy
    case tokenRefused = "token_refused"
}
