/// Who may subscribe to what. Pure.
///
/// Somebody with a token sees `public`, the own `user:{sub}`, every aggregate's channel (of which events that belong to another user
/// are kept back), and what the token names. Somebody without one sees `public`, when that is allowed at all. Without authentication
/// everybody sees everything.
public struct AccessRules: Sendable, Equatable {
    public enum Mode: Sendable, Equatable {
        /// `auth=off`.
        case open
        /// `auth=jwt`; `anonymous` lets clients without a token in.
        case tokens(anonymous: Bool)
    }

    public let mode: Mode

    public init(_ mode: Mode) { self.mode = mode }

    /// Whether a client without a token is let in.
    public var admitsAnonymous: Bool { mode != .tokens(anonymous: false) }

    /// - Parameter grant: what the client's token says; nil without one.
    public func access(to channel: ChannelName, with grant: AccessGrant?) -> ChannelAccess {
        if mode == .open { return .full }
        guard let grant else { return channel == .publicEvents && admitsAnonymous ? .full : .denied }
        if grant.channels.contains(where: { $0.matches(channel) }) { return .full }
        if channel == .publicEvents { return .full }
        if channel == .everything { return .denied }
        if let user = channel.user { return user == grant.user ? .full : .denied }
        return .own
    }

    /// What a client that names no channels is subscribed to.
    public func defaultChannels(for grant: AccessGrant?) -> [ChannelName] {
        guard let grant else { return mode == .open ? [.everything] : [.publicEvents] }
        guard let own = grant.user.flatMap({ ChannelName.user($0) }) else { return [.publicEvents] }
        return [.publicEvents, own]
    }
}
