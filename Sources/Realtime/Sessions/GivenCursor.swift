/// The cursor that a client came with.
public enum GivenCursor: Sendable, Equatable {
    case none
    case cursor(Cursor)
    /// A text that is no cursor: the client is told to reset, not turned away, because a browser's event stream would never come back.
    case unreadable

    /// - Parameter text: nil or empty when the client gave none.
    public init(_ text: String?) {
        guard let text, !text.isEmpty else {
            self = .none
            return
        }
        do throws(CursorError) { self = .cursor(try Cursor(text)) } catch { self = .unreadable }
    }
}
