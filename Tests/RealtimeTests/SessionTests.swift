import Realtime
import Testing

struct SessionTests {
    private static let limits = SessionLimits(channels: 3, messages: .init(perSecond: 1, burst: 50), faults: 2)
    private static let cursor = Cursor(epoch: 1, proof: nil, positions: Positions())

    private func read(_ text: String) throws -> ClientMessage {
        try Array(text.utf8).withUnsafeBytes { try ClientMessage($0) }
    }

    private static func names(_ texts: String...) -> [ChannelName] { texts.compactMap { ChannelName($0) } }

    // MARK: Messages

    @Test(
        arguments: [
            (
                #"{"type":"subscribe","channels":["a","b","a"]}"#,
                .subscribe(channels: names("a", "b"), types: nil, cursor: nil, id: nil)
            ),
            (
                #"{"id":5,"type":"subscribe","channels":["a"],"types":["T","S"],"cursor":"x","more":{}}"#,
                .subscribe(channels: names("a"), types: EventTypes(["S", "T"]), cursor: "x", id: .number(5))
            ),
            (
                #"{"type":"subscribe","channels":["a"],"types":[],"cursor":null,"id":null}"#,
                .subscribe(channels: names("a"), types: nil, cursor: nil, id: nil)
            ), (#"{"type":"unsubscribe","channels":["a"],"id":"k"}"#, .unsubscribe(channels: names("a"), id: .text("k"))),
            (#"{"type":"resume","cursor":"1.1.0"}"#, .resume(cursor: "1.1.0", id: nil)),
            (#"{"type":"refresh","token":"t","id":-1}"#, .refresh(token: "t", id: .number(-1))),
            (#"{"type":"ping"}"#, .ping(id: nil)),
        ] as [(String, ClientMessage)])
    func `A message is read`(text: String, message: ClientMessage) throws {
        #expect(try read(text) == message)
    }

    @Test(
        arguments: [
            ("", .malformed, nil), ("x", .malformed, nil), ("[]", .malformed, nil), ("\"a\"", .malformed, nil),
            ("{}", .malformed, nil),
            (#"{"type":1}"#, .malformed, nil), (#"{"type":"dance","id":"i"}"#, .unknownType, .text("i")),
            (#"{"type":"subscribe"}"#, .malformed, nil), (#"{"type":"subscribe","channels":[],"id":1}"#, .malformed, .number(1)),
            (#"{"type":"subscribe","channels":"a"}"#, .malformed, nil),
            (#"{"type":"subscribe","channels":[1]}"#, .malformed, nil),
            (#"{"type":"subscribe","channels":["a b"]}"#, .invalidChannel, nil),
            (#"{"type":"subscribe","channels":["a"],"types":["a b"]}"#, .invalidTypes, nil),
            (#"{"type":"subscribe","channels":["a"],"types":"T"}"#, .malformed, nil),
            (#"{"type":"subscribe","channels":["a"],"cursor":1}"#, .malformed, nil),
            (#"{"type":"unsubscribe"}"#, .malformed, nil),
            (#"{"type":"resume"}"#, .malformed, nil), (#"{"type":"refresh","token":{}}"#, .malformed, nil),
            (#"{"type":"ping","id":{}}"#, .malformed, nil), (#"{"type":"ping","id":1.5}"#, .malformed, nil),
            ("{\"type\":\"ping\",\"id\":\"\(String(repeating: "i", count: 65))\"}", .malformed, nil),
            ("{\"type\":\"subscribe\",\"channels\":[\((0..<300).map { "\"c\($0)\"" }.joined(separator: ","))]}", .malformed, nil),
        ] as [(String, FaultCode, RequestID?)])
    func `What is no message is named`(text: String, code: FaultCode, id: RequestID?) {
        let fault = #expect(throws: ClientFault.self) { try read(text) }
        #expect(fault?.code == code)
        #expect(fault?.id == id)
    }

    @Test(
        arguments: [
            (
                .welcome(
                    connection: "a-1", user: "7", channels: names("public"), cursor: "c", recovered: true,
                    expiresAt: 1_767_323_045),
                #"{"type":"welcome","connection":"a-1","user":"7","channels":["public"],"cursor":"c","recovered":true,"expires_at":"2026-01-02T03:04:05Z"}"#
            ),
            (
                .welcome(connection: "1", user: nil, channels: [], cursor: "c", recovered: nil, expiresAt: nil),
                #"{"type":"welcome","connection":"1","user":null,"channels":[],"cursor":"c","expires_at":null}"#
            ),
            (
                .subscribed(channels: names("a", "b"), cursor: "c", id: .text("x\"y")),
                #"{"type":"subscribed","id":"x\"y","channels":["a","b"],"cursor":"c"}"#
            ),
            (
                .unsubscribed(channels: [], cursor: "c", id: .number(5)),
                #"{"type":"unsubscribed","id":5,"channels":[],"cursor":"c"}"#
            ),
            (.resumed(cursor: "c", id: nil), #"{"type":"resumed","cursor":"c","recovered":true}"#),
            (.reset(.tooOld, cursor: "c"), #"{"type":"reset","reason":"too_old","cursor":"c"}"#),
            (.reconnect(after: 1, jitter: 2), #"{"type":"reconnect","after_ms":1,"jitter_ms":2}"#),
            (.token(expiresAt: 0), #"{"type":"token","expires_at":"1970-01-01T00:00:00Z"}"#),
            (.pong(cursor: "c", id: nil), #"{"type":"pong","cursor":"c"}"#), (.cursor("c"), #"{"type":"cursor","cursor":"c"}"#),
            (
                .error(ClientFault(.forbidden, "no", id: .number(1))),
                #"{"type":"error","id":1,"code":"forbidden","message":"no"}"#
            ),
        ] as [(ServerMessage, String)])
    func `What the server says`(message: ServerMessage, json: String) {
        #expect(String(decoding: message.json, as: UTF8.self) == json)
    }

    @Test(
        arguments: [
            (
                .connected(connection: "1", channels: names("a"), cursor: "c", recovered: false),
                "event: connected\nid: c\ndata: {\"connection\":\"1\",\"channels\":[\"a\"],\"cursor\":\"c\",\"recovered\":false}\n\n"
            ),
            (
                .connectedUser(connection: "1", cursor: "c", at: 951_782_400),
                "event: connected\nid: c\ndata: {\"id\":\"1\",\"name\":\"connected\",\"message\":\"connected\",\"timestamp\":\"2000-02-29T00:00:00Z\"}\n\n"
            ), (.reset(.overrun, cursor: "c"), "event: reset\nid: c\ndata: {\"reason\":\"overrun\",\"cursor\":\"c\"}\n\n"),
            (
                .reconnect(after: 1_500, .restart),
                "retry: 1500\n\nevent: reconnect\ndata: {\"after_ms\":1500,\"code\":1012}\n\n"
            ),
        ] as [(StreamMessage, String)])
    func `What an event stream says`(message: StreamMessage, text: String) {
        #expect(String(decoding: message.bytes, as: UTF8.self) == text)
    }

    // MARK: Session

    private func context(_ held: [String] = [], user: String = "7") -> ClientSession.Context {
        ClientSession.Context(
            grant: AccessGrant(user: user), rules: AccessRules(.tokens(anonymous: false)), limits: Self.limits, held: held.count,
            isHeld: { name in held.contains(name.text) })
    }

    private func receive(_ session: inout ClientSession, _ text: String, held: [String] = [], now: Int64 = 0) -> [ClientSession
        .Action]
    {
        let context = context(held)
        return Array(text.utf8).withUnsafeBytes { session.receive($0, now: now, in: context) }
    }

    @Test(
        arguments: [
            (
                #"{"type":"subscribe","channels":["order:1","user:7"]}"#, [],
                .subscribe(
                    [.init(channel: names("order:1")[0], seesAll: false), .init(channel: names("user:7")[0], seesAll: true)],
                    cursor: nil, id: nil)
            ),
            (
                #"{"type":"subscribe","channels":["a:1","b:1"],"cursor":"1.1.0"}"#, ["a:1", "c:1"],
                .subscribe(
                    [.init(channel: names("a:1")[0], seesAll: false), .init(channel: names("b:1")[0], seesAll: false)],
                    cursor: cursor, id: nil)
            ), (#"{"type":"unsubscribe","channels":["a:1"]}"#, [], .unsubscribe(names("a:1"), id: nil)),
            (#"{"type":"resume","cursor":"1.1.0"}"#, [], .resume(.cursor(cursor), id: nil)),
            (#"{"type":"resume","cursor":"?"}"#, [], .resume(.unreadable, id: nil)),
            (#"{"type":"refresh","token":"t","id":1}"#, [], .verify(token: "t", id: .number(1))),
            (#"{"type":"ping","id":1}"#, [], .pong(id: .number(1))),
            (
                #"{"type":"subscribe","channels":["a:1","user:8"],"id":1}"#, [],
                .answer(.error(ClientFault(.forbidden, "a channel is not yours", id: .number(1))))
            ),
            (
                #"{"type":"subscribe","channels":["a:1","b:1"]}"#, ["c:1", "d:1"],
                .answer(.error(ClientFault(.tooManyChannels, "at most 3 channels")))
            ),
            (
                #"{"type":"subscribe","channels":["a:1"],"cursor":"?"}"#, [],
                .answer(.error(ClientFault(.invalidCursor, "the cursor is none")))
            ),
        ] as [(String, [String], ClientSession.Action)])
    func `What a message leads to`(text: String, held: [String], action: ClientSession.Action) {
        var session = ClientSession()
        #expect(receive(&session, text, held: held) == [action])
    }

    @Test
    func `Too many faults end it, good messages make up for them`() {
        var session = ClientSession()
        for _ in 0..<2 { #expect(receive(&session, "x") != [.close(.policy, reason: "too many messages were refused")]) }
        _ = receive(&session, #"{"type":"ping"}"#)
        #expect(receive(&session, "x") == [.answer(.error(ClientFault(.malformed, "not a JSON text")))])
        #expect(receive(&session, "x") == [.close(.policy, reason: "too many messages were refused")])
    }

    @Test
    func `Too many messages end it`() {
        var session = ClientSession()
        for _ in 0..<50 { #expect(receive(&session, #"{"type":"ping"}"#) == [.pong(id: nil)]) }
        #expect(receive(&session, #"{"type":"ping"}"#) == [.close(.rate, reason: "too many messages")])
    }

    @Test
    func `A new token is the same user's, one at a time`() {
        var session = ClientSession()
        let old = AccessGrant(user: "7", expiresAt: 5)
        #expect(receive(&session, #"{"type":"refresh","token":"t"}"#) == [.verify(token: "t", id: nil)])
        #expect(
            receive(&session, #"{"type":"refresh","token":"t"}"#)
                == [.answer(.error(ClientFault(.busy, "a token is being verified")))])
        var outcome = session.refreshed(AccessGrant(user: "7", expiresAt: 9), by: old, id: nil, limits: Self.limits)
        #expect(outcome.isAccepted)
        #expect(outcome.actions == [.answer(.token(expiresAt: 9))])
        outcome = session.refreshed(nil, by: old, id: .number(1), limits: Self.limits)
        #expect(!outcome.isAccepted)
        #expect(outcome.actions == [.answer(.error(ClientFault(.tokenRefused, "the token was refused", id: .number(1))))])
        outcome = session.refreshed(AccessGrant(user: "8"), by: old, id: nil, limits: Self.limits)
        #expect(!outcome.isAccepted)
        #expect(outcome.actions == [.close(.forbidden, reason: "the token is another user's")])
        // Somebody without a name becomes somebody.
        #expect(session.refreshed(AccessGrant(user: "8"), by: nil, id: nil, limits: Self.limits).isAccepted)
    }
}
