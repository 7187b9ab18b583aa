/// Why it cannot be proven that a client would miss nothing.
public enum ResetReason: String, Sendable, CaseIterable {
    /// The cursor is no cursor.
    case cursorUnreadable = "cursor_unreadable"
    /// The cursor is of another cluster or topic.
    case otherTopic = "other_topic"
    /// Events after the cursor have left the history.
    case tooOld = "too_old"
    /// The topic holds something else before the cursor's position, or what was there is not known any more.
    case unproven = "unproven"
    /// This instance did not get as far as the cursor in time.
    case notReached = "not_reached"
    /// The client was so slow that what it had to be sent next has left the history.
    case overrun = "overrun"
    /// The topic was made anew, or records were lost before they could be read.
    case historyLost = "history_lost"
}
