/// Why a text is no cursor.
public enum CursorError: Error, Sendable, Equatable {
    case malformed
    /// Written by another release.
    case unknownVersion
    case tooLong
}
