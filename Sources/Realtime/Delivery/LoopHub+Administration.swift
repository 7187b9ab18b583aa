extension LoopHub {
    /// One connection, for the administration.
    public struct ClientReport: Sendable {
        public let connection: String
        public let user: String?
        public let form: ClientForm
        public let channels: [ChannelName]
        /// Milliseconds.
        public let connectedFor: Int64
        public let isBlocked: Bool
        /// Events that were read and that it has not been offered yet.
        public let behind: Int64
    }

    /// Calls `body` with every channel that has subscribers, and their number.
    public func forEachChannel(_ body: (ChannelName, Int) -> Void) { table.forEachChannel(body) }

    public var subscriptionCount: Int { table.count }
    public var channelCount: Int { table.channelCount }
    /// Clients that read from the history or are blocked.
    public var behindCount: Int { clients.count { $0?.place != nil } }

    /// The open connections in the order of their numbers.
    public func reports(limit: Int, now: HubTime) -> [ClientReport] {
        clients.lazy.compactMap { $0 }.filter { $0.state == .open }.prefix(limit).map { client in
            ClientReport(
                connection: connectionText(client), user: client.user, form: client.form,
                channels: table.channels(of: client), connectedFor: now.milliseconds - client.connectedAt,
                isBlocked: client.isBlocked, behind: ring.end - (client.place?.next ?? delivered))
        }
    }

    /// Open connections by form.
    public func count(of form: ClientForm) -> Int { clients.count { $0?.form == form && $0?.state == .open } }

    /// Ends every connection of a user.
    /// - Returns: how many.
    public func disconnect(user: String, _ code: CloseCode = .forbidden, reason: String, now: HubTime) -> Int {
        let found = clients.compactMap { $0 }.filter { $0.user == user && $0.state == .open }
        for client in found { close(client, code, reason: reason, now: now.milliseconds) }
        return found.count
    }
}
