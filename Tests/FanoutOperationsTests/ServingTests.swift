import FanoutOperations
import HTTPServer
import Realtime
import Testing

struct PresentedTokenTests {
    private func request(_ headers: [(String, String)] = [], query: [(String, String)] = []) -> HTTPRequest {
        HTTPRequest(
            method: "GET", path: "/ws", query: query.map { (name: $0.0, value: $0.1) },
            headers: headers.map { (name: $0.0, value: $0.1) })
    }

    @Test func `the header comes first, then the query, then the subprotocols`() {
        let header = ("authorization", "bearer  a.b.c")
        let offered = ["outbox.v1", "bearer.g.h.i"]
        #expect(PresentedToken.find(in: request([header], query: [("access_token", "d")]), offered: offered) == "a.b.c")
        #expect(PresentedToken.find(in: request(query: [("access_token", "d")]), offered: offered) == "d")
        #expect(PresentedToken.find(in: request(), offered: offered) == "g.h.i")
    }

    @Test func `nothing is no token`() {
        #expect(PresentedToken.find(in: request([("Authorization", "Basic eDp5")], query: [("access_token", "")])) == nil)
        #expect(PresentedToken.find(in: request(), offered: ["outbox.v1"]) == nil)
    }
}

struct DeliveryTimeTests {
    @Test func `a record's time is whatever its producer wrote`() {
        let now: Int64 = 1_700_000_000_250_000
        #expect(abs(DeliveryTime.seconds(recordMilliseconds: 1_700_000_000_000, nowMicroseconds: now) - 0.25) < 0.001)
        for time in [Int64.min, -1, 0, .max] {
            #expect(DeliveryTime.seconds(recordMilliseconds: time, nowMicroseconds: now).isFinite)
        }
    }
}

struct UserTableTests {
    @Test func `a user has so many connections at once and no more`() throws {
        let table = UserTable(limit: 2)
        var leases = [try #require(table.lease("7")), try #require(table.lease("7"))]
        #expect(table.lease("7") == nil)
        #expect(table.lease("8") != nil)
        leases.removeLast()
        leases.append(try #require(table.lease("7")))
        #expect(table.lease("7") == nil && table.count == 1)
        leases.removeAll()
        #expect(table.count == 0)
    }

    @Test func `without a limit everybody has a place`() {
        let table = UserTable(limit: 0)
        let leases = (0..<100).map { _ in table.lease("7") }
        #expect(leases.allSatisfy { $0 != nil })
    }
}

struct AdminTokenTests {
    @Test(arguments: [
        ("Bearer 0123456789abcdef", true), ("bearer 0123456789abcdef", true), ("Bearer 0123456789abcdeF", false),
        ("Bearer 0123456789abcde", false), ("Bearer 0123456789abcdef0", false),
        ("Bearer 0123456789abcdef0123456789abcdef", false), ("Bearer ", false), ("Basic 0123456789abcdef", false),
        ("0123456789abcdef", false),
    ])
    func `only the whole token is one`(header: String, isAllowed: Bool) {
        let request = HTTPRequest(method: "GET", path: "/", headers: [(name: "Authorization", value: header)])
        #expect(AdminToken("0123456789abcdef").allows(request) == isAllowed)
    }

    @Test func `nobody is let in without one`() {
        #expect(!AdminToken("0123456789abcdef").allows(HTTPRequest(method: "GET", path: "/")))
        #expect(
            !AdminToken("").allows(HTTPRequest(method: "GET", path: "/", headers: [(name: "Authorization", value: "Bearer ")])))
    }
}

struct TestMessageTests {
    @Test func `an empty body is a test on the public channel`() throws {
        let message = try TestMessage([], now: 0)
        #expect(message.channels == [.publicEvents] && message.eventType == "TEST")
        let text = String(decoding: message.value, as: UTF8.self)
        #expect(text.hasSuffix(#""aggregate_type":"TEST","aggregate_id":"admin","event_type":"TEST","payload":{},"version":1}"#))
        #expect(text.contains(#""occurred_at":"1970-01-01T00:00:00Z""#))
        let parts = message.eventID.split(separator: "-")
        #expect(parts.map(\.count) == [8, 4, 4, 4, 12] && parts[2].hasPrefix("4"))
        #expect("89ab".contains(parts[3].prefix(1)))
    }

    @Test func `channels, type and payload are the body's`() throws {
        let message = try TestMessage(
            Array(#"{"channels":["user:7","order:1"],"event_type":"ORDER_COMPLETED","payload":{"user_id":7}}"#.utf8))
        #expect(message.channels.map(\.text) == ["user:7", "order:1"] && message.eventType == "ORDER_COMPLETED")
        #expect(String(decoding: message.value, as: UTF8.self).contains(#""payload":{"user_id":7}"#))
        let header = message.headers.first { $0.name == "realtime_channels" }?.value
        #expect(header == Array("user:7,order:1".utf8))
    }

    @Test(arguments: [
        "x", "[]", #"{"channels":"public"}"#, #"{"channels":["a b"]}"#, #"{"channels":[1]}"#, #"{"event_type":"a\"b"}"#,
    ])
    func `what cannot be sent is refused`(body: String) {
        #expect(throws: TestMessage.Fault.self) { _ = try TestMessage(Array(body.utf8)) }
    }
}
