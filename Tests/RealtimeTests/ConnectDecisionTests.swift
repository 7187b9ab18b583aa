import Realtime
import Testing

struct ConnectDecisionTests {
    private static let jwt = AccessRules(.tokens(anonymous: false))
    private static let anonymous = AccessRules(.tokens(anonymous: true))
    private static let open = AccessRules(.open)
    private static let seven = AccessGrant(user: "7", channels: ["shop:*"].compactMap { ChannelPattern($0) })

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var request: ConnectRequest
        var grant: AccessGrant? = seven
        var rules = jwt
        /// A status, or the channels with a star where all is seen.
        let answer: String
        var testDescription: String { name }
    }

    private static func request(
        _ form: ClientForm = .webSocket, _ query: [(name: String, value: String)] = [], user: String? = nil
    ) -> ConnectRequest {
        ConnectRequest(form: form, query: query, user: user)
    }

    private static func channels(_ text: String) -> ConnectRequest { request(.eventStream, [("channels", text)]) }

    @Test(arguments: [
        Case(name: "nothing asked for", request: request(), answer: "public* user:7*"),
        Case(name: "no token", request: request(), grant: nil, answer: "401"),
        Case(name: "anonymous", request: request(), grant: nil, rules: anonymous, answer: "public*"),
        Case(name: "no authentication", request: request(), grant: nil, rules: open, answer: "all*"),
        Case(name: "some", request: channels("order:1,,shop:2,order:1"), answer: "order:1 shop:2*"),
        Case(name: "twice", request: request(.webSocket, [("channels", "a:1"), ("channels", "b:1")]), answer: "a:1 b:1"),
        Case(name: "empty", request: channels(""), answer: "public* user:7*"),
        Case(name: "another user's", request: channels("public,user:8"), answer: "403"),
        Case(name: "all", request: channels("all"), answer: "403"),
        Case(name: "anonymous wants more", request: channels("order:1"), grant: nil, rules: anonymous, answer: "401"),
        Case(name: "no name", request: channels("a b"), answer: "400"),
        Case(name: "too many", request: channels((0..<5).map { "a:\($0)" }.joined(separator: ",")), answer: "400"),
        Case(name: "no type", request: request(.webSocket, [("types", "a b")]), answer: "400"),
        Case(name: "user stream", request: request(.userStream, [("channels", "all")], user: "7"), answer: "user:7*"),
        Case(name: "another user's stream", request: request(.userStream, user: "8"), answer: "403"),
        Case(
            name: "user stream without a token", request: request(.userStream, user: "8"), grant: nil, rules: anonymous,
            answer: "401"),
        Case(
            name: "user stream without authentication", request: request(.userStream, user: "8"), grant: nil, rules: open,
            answer: "user:8*"),
        Case(name: "user stream of nobody", request: request(.userStream, user: "a b"), grant: nil, rules: open, answer: "400"),
    ])
    func `Who is let in, and with which channels`(example: Case) {
        let limits = SessionLimits(channels: 4)
        switch ConnectDecision(example.request, grant: example.grant, rules: example.rules, limits: limits) {
        case .refuse(let status, _): #expect(String(status) == example.answer)
        case .accept(let opening):
            let text = opening.subscriptions.map { $0.channel.text + ($0.seesAll ? "*" : "") }.joined(separator: " ")
            #expect(text == example.answer)
            #expect(opening.form == example.request.form)
        }
    }

    @Test(
        arguments: [
            (ClientForm.webSocket, [], "1.1.0", GivenCursor.none), (.eventStream, [("cursor", "1.2.0")], nil, given(2)),
            (.eventStream, [("lastEventId", "1.2.0")], nil, given(2)), (.eventStream, [("cursor", "1.2.0")], "1.1.0", given(1)),
            (.userStream, [("lastEventId", "1.2.0")], "", given(2)), (.webSocket, [("cursor", "1.2.0")], "1.1.0", given(2)),
            (.eventStream, [("cursor", "x")], nil, .unreadable), (.eventStream, [("cursor", "")], nil, .none),
            (.eventStream, [("cursor", "1.2.0")], "garbage", .unreadable),
        ] as [(ClientForm, [(name: String, value: String)], String?, GivenCursor)])
    func `The header wins over the query, and what is no cursor is let in all the same`(
        form: ClientForm, query: [(name: String, value: String)], header: String?, expected: GivenCursor
    ) {
        let request = ConnectRequest(form: form, query: query, lastEventID: header, user: "7")
        guard case .accept(let opening) = ConnectDecision(request, grant: Self.seven, rules: Self.jwt, limits: SessionLimits())
        else {
            Issue.record("refused")
            return
        }
        #expect(opening.cursor == expected)
    }

    /// Thousands of names fit into a request's head, and each is compared with those before it.
    @Test
    func `Of too many channels no more are read than there may be`() {
        let names = (0..<5).map { "a:\($0)" } + ["a b"]
        let request = Self.channels(names.joined(separator: ","))
        guard
            case .refuse(400, let fault) = ConnectDecision(
                request, grant: Self.seven, rules: Self.jwt, limits: SessionLimits(channels: 4))
        else {
            Issue.record("not refused")
            return
        }
        #expect(fault.code == .tooManyChannels)
    }

    private static func given(_ epoch: UInt32) -> GivenCursor {
        .cursor(Cursor(epoch: epoch, proof: nil, positions: Positions()))
    }

    @Test
    func `The types are the subscriptions' filter`() {
        let request = ConnectRequest(form: .webSocket, query: [("types", "B,A")])
        guard case .accept(let opening) = ConnectDecision(request, grant: Self.seven, rules: Self.jwt, limits: SessionLimits())
        else {
            Issue.record("refused")
            return
        }
        #expect(opening.subscriptions.allSatisfy { $0.types == EventTypes(["A", "B"]) })
    }
}
