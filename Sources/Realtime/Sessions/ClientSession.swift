/// What a WebSocket client's messages lead to. Pure; the hub does it.
public struct ClientSession: Sendable {
    /// What a message is judged by.
    public struct Context {
        public let grant: AccessGrant?
        public let rules: AccessRules
        public let limits: SessionLimits
        /// Whether the client is subscribed to a channel.
        public let isHeld: (ChannelName) -> Bool
        /// How many it is subscribed to.
        public let held: Int

        public init(
            grant: AccessGrant?, rules: AccessRules, limits: SessionLimits, held: Int, isHeld: @escaping (ChannelName) -> Bool
        ) {
            self.grant = grant
            self.rules = rules
            self.limits = limits
            self.held = held
            self.isHeld = isHeld
        }
    }

    public enum Action: Sendable, Equatable {
        /// All of them, with `subscribed` as the answer; with a cursor after what the client missed of them.
        case subscribe([Subscription], cursor: Cursor?, id: RequestID?)
        case unsubscribe([ChannelName], id: RequestID?)
        case resume(GivenCursor, id: RequestID?)
        /// Have the token verified, then say so by ``ClientSession/refreshed(_:by:id:)``.
        case verify(token: String, id: RequestID?)
        case pong(id: RequestID?)
        case answer(ServerMessage)
        case close(CloseCode, reason: String)
    }

    private var bucket = TokenBucket()
    private var faults: UInt16 = 0
    private var isRefreshing = false

    public init() {}

    /// One text message came.
    public mutating func receive(_ text: UnsafeRawBufferPointer, now: Int64, in context: Context) -> [Action] {
        guard bucket.take(context.limits.messages, now: now) else { return [.close(.rate, reason: "too many messages")] }
        do throws(ClientFault) {
            let action = try judge(ClientMessage(text), context)
            if faults > 0 { faults -= 1 }
            return [action]
        } catch {
            return fault(error, context.limits)
        }
    }

    private mutating func fault(_ fault: ClientFault, _ limits: SessionLimits) -> [Action] {
        faults += 1
        guard Int(faults) <= limits.faults else { return [.close(.policy, reason: "too many messages were refused")] }
        return [.answer(.error(fault))]
    }

    private mutating func judge(_ message: ClientMessage, _ context: Context) throws(ClientFault) -> Action {
        switch message {
        case .subscribe(let channels, let types, let cursor, let id):
            let new = channels.count { !context.isHeld($0) }
            guard context.held + new <= context.limits.channels else {
                throw ClientFault(.tooManyChannels, "at most \(context.limits.channels) channels", id: id)
            }
            var subscriptions: [Subscription] = []
            for channel in channels {
                let access = context.rules.access(to: channel, with: context.grant)
                guard access != .denied else { throw ClientFault(.forbidden, "a channel is not yours", id: id) }
                subscriptions.append(Subscription(channel: channel, types: types, seesAll: access == .full))
            }
            var given: Cursor?
            if let cursor {
                guard let read = try? Cursor(cursor) else { throw ClientFault(.invalidCursor, "the cursor is none", id: id) }
                given = read
            }
            return .subscribe(subscriptions, cursor: given, id: id)
        case .unsubscribe(let channels, let id): return .unsubscribe(channels, id: id)
        case .resume(let cursor, let id): return .resume(GivenCursor(cursor), id: id)
        case .refresh(let token, let id):
            guard !isRefreshing else { throw ClientFault(.busy, "a token is being verified", id: id) }
            isRefreshing = true
            return .verify(token: token, id: id)
        case .ping(let id): return .pong(id: id)
        }
    }

    /// The token of an earlier ``Action/verify(token:id:)`` was verified.
    /// - Parameters:
    ///   - grant: nil when it was refused: the connection goes on as long as the old one holds.
    ///   - old: the client's so far.
    /// - Returns: whether the new grant is the client's from now on, and what to do. A token of another user ends the connection.
    public mutating func refreshed(
        _ grant: AccessGrant?, by old: AccessGrant?, id: RequestID?, limits: SessionLimits
    ) -> (isAccepted: Bool, actions: [Action]) {
        isRefreshing = false
        guard let grant else { return (false, fault(ClientFault(.tokenRefused, "the token was refused", id: id), limits)) }
        if let user = old?.user, user != grant.user {
            return (false, [.close(.forbidden, reason: "the token is another user's")])
        }
        return (true, [.answer(.token(expiresAt: grant.expiresAt))])
    }
}
