/// How much of a channel somebody sees.
public enum ChannelAccess: Sendable, Equatable {
    case denied
    /// Its events without an owner, and one's own.
    case own
    /// All of its events.
    case full
}
