/// Whether a client is let in, and with what. Pure.
public enum ConnectDecision: Sendable {
    case accept(ClientOpening)
    /// - status: of the HTTP answer: 400, 401 or 403.
    case refuse(status: Int, ClientFault)

    /// - Parameter grant: what the client's token says; nil when it sent none.
    public init(_ request: ConnectRequest, grant: AccessGrant?, rules: AccessRules, limits: SessionLimits) {
        guard grant != nil || rules.admitsAnonymous else {
            self = .refuse(status: 401, ClientFault(.forbidden, "a token is needed"))
            return
        }
        do throws(Refusal) {
            let subscriptions = try Self.subscriptions(request, grant, rules, limits)
            self = .accept(
                ClientOpening(form: request.form, grant: grant, subscriptions: subscriptions, cursor: Self.cursor(request)))
        } catch {
            self = .refuse(status: error.status, error.fault)
        }
    }

    private struct Refusal: Error {
        let status: Int
        let fault: ClientFault

        init(_ status: Int, _ code: FaultCode, _ message: String) {
            self.status = status
            fault = ClientFault(code, message)
        }
    }

    private static func subscriptions(
        _ request: ConnectRequest, _ grant: AccessGrant?, _ rules: AccessRules, _ limits: SessionLimits
    ) throws(Refusal) -> [Subscription] {
        let channels: [ChannelName]
        let types: EventTypes?
        if request.form == .userStream {
            guard let own = request.user.flatMap({ ChannelName.user($0) }) else {
                throw Refusal(400, .invalidChannel, "the user in the path is no name")
            }
            channels = [own]
            types = UserNotice.eventTypes
        } else {
            channels = try Self.channels(request.query, grant, rules, limits)
            types = try Self.types(request.query)
        }
        guard channels.count <= limits.channels else { throw tooMany(limits) }
        var subscriptions: [Subscription] = []
        for channel in channels {
            let access = rules.access(to: channel, with: grant)
            guard access != .denied else {
                throw Refusal(grant == nil ? 401 : 403, .forbidden, grant == nil ? "a token is needed" : "a channel is not yours")
            }
            subscriptions.append(Subscription(channel: channel, types: types, seesAll: access == .full))
        }
        return subscriptions
    }

    private static func channels(
        _ query: [(name: String, value: String)], _ grant: AccessGrant?, _ rules: AccessRules, _ limits: SessionLimits
    ) throws(Refusal) -> [ChannelName] {
        var names: [ChannelName] = []
        for text in items("channels", query) {
            guard let name = ChannelName(text) else { throw Refusal(400, .invalidChannel, "a name is no channel's") }
            if names.contains(name) { continue }
            guard names.count < limits.channels else { throw tooMany(limits) }
            names.append(name)
        }
        return names.isEmpty ? rules.defaultChannels(for: grant) : names
    }

    private static func tooMany(_ limits: SessionLimits) -> Refusal {
        Refusal(400, .tooManyChannels, "at most \(limits.channels) channels")
    }

    private static func types(_ query: [(name: String, value: String)]) throws(Refusal) -> EventTypes? {
        let names = items("types", query)
        guard !names.isEmpty else { return nil }
        guard let types = EventTypes(names) else {
            throw Refusal(400, .invalidTypes, "types has a name that is none, or too many")
        }
        return types
    }

    private static func items(_ name: String, _ query: [(name: String, value: String)]) -> [String] {
        query.filter { $0.name == name }.flatMap { $0.value.split(separator: ",").map(String.init) }
    }

    /// A browser that comes back by itself sends the header, and repeats the query of the first time.
    private static func cursor(_ request: ConnectRequest) -> GivenCursor {
        if request.form != .webSocket, let header = request.lastEventID, !header.isEmpty { return GivenCursor(header) }
        return GivenCursor(request.query.first { $0.name == "cursor" || $0.name == "lastEventId" }?.value)
    }
}
