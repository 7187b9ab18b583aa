import Realtime
import Testing

struct LoopHubTests {
    // MARK: Delivery

    @Test
    func `Events reach the subscribers of their channels, each client once`() {
        var stage = HubStage()
        let both = stage.connect("a:1", "a:2")
        let one = stage.connect("a:2")
        let all = stage.connect("all")
        let none = stage.connect("a:3")
        stage.event("e1", "a:1")
        stage.event("e2", "a:1,a:2")
        #expect(both.seen == "welcome e1 e2")
        #expect(one.seen == "welcome e2")
        #expect(all.seen == "welcome e1 e2")
        #expect(none.seen == "welcome")
        #expect(stage.hub.counters.deliveries == 5)
        stage.hub.disconnect(both.client)
        stage.event("e3", "a:1,a:2")
        #expect(both.seen == "")
        #expect(one.seen == "e3")
        #expect(stage.hub.clientCount == 3)
    }

    @Test
    func `An event that belongs to a user is shown on an aggregate's channel to that user, or by a claim`() {
        var stage = HubStage()
        let own = stage.connect("order:1", grant: AccessGrant(user: "7"), seesAll: false)
        let other = stage.connect("order:1", grant: AccessGrant(user: "8"), seesAll: false)
        let claim = stage.connect("order:1", grant: AccessGrant(user: "9"), seesAll: true)
        stage.event("mine", "order:1", user: "7")
        stage.event("nobodys", "order:1")
        #expect(own.seen == "welcome mine nobodys")
        #expect(other.seen == "welcome nobodys")
        #expect(claim.seen == "welcome mine nobodys")
    }

    @Test
    func `Filters hold for their subscription alone, and can be changed`() {
        var stage = HubStage()
        let client = stage.connect("a:1", types: ["X"])
        stage.say(client, #"{"type":"subscribe","channels":["b:1"],"types":["Y"]}"#)
        for type in ["X", "Y"] { stage.event("a\(type)", "a:1", type: type) }
        for type in ["X", "Y"] { stage.event("b\(type)", "b:1", type: type) }
        stage.event("both", "a:1,b:1", type: "Y")
        #expect(client.seen == "welcome subscribed aX bY both")
        stage.say(client, #"{"type":"subscribe","channels":["a:1"]}"#)
        stage.event("aZ", "a:1", type: "Z")
        #expect(client.seen == "subscribed aZ")
    }

    @Test
    func `Every form gets its own bytes of the same event`() {
        var stage = HubStage()
        let socket = stage.connect("user:7")
        let stream = stage.connect("user:7", form: .eventStream)
        let user = stage.connect("user:7", form: .userStream)
        stage.event("e1", "user:7", type: "NOTIFICATION")
        stage.event("e2", "user:7", type: "OTHER")
        #expect(socket.seen == "welcome e1 e2")
        #expect(stream.seen == "retry welcome e1 e2")
        #expect(user.seen == "retry welcome notification")
        #expect(socket.cursor == stream.cursor)
    }

    @Test
    func `What comes within the interval goes out in one call`() {
        var stage = HubStage { $0.interval = 10 }
        let client = stage.connect("a:1")
        let writes = client.socket.writes
        for number in 1...5 { stage.event("e\(number)", number == 3 ? "b:1" : "a:1") }
        #expect(stage.hub.flushAt == 1_010)
        #expect(client.seen == "welcome")
        // Somebody who comes meanwhile stands before them.
        let late = stage.connect("a:1")
        stage.pass(milliseconds: 10)
        #expect(client.seen == "e1 e2 e4 e5")
        #expect(client.socket.writes == writes + 1)
        #expect(late.seen == "welcome e1 e2 e4 e5")
        #expect(stage.hub.flushAt == nil)
        // More than fits into one round does not wait.
        for number in 0..<64 { stage.event("f\(number)", "a:1", isHeld: true) }
        stage.publish()
        #expect(client.read().count == 64)
    }

    // MARK: Blocked connections

    @Test(arguments: [0, 1, 90, 170, 200], [0, 10])
    func `A blocked client reads on where its connection stopped, and delays nobody`(room: Int, interval: Int64) {
        var stage = HubStage { $0.interval = interval }
        let slow = stage.connect("a:1")
        let quick = stage.connect("a:1")
        _ = slow.read()
        slow.socket.room = room
        for number in 1...4 { stage.event("e\(number)", "a:1") }
        stage.pass(milliseconds: 10)
        #expect(quick.seen == "welcome e1 e2 e3 e4")
        #expect(slow.client.isBlocked)
        var seen = slow.seen
        for _ in 0..<20 where slow.client.isBlocked {
            stage.unblock(slow, room: 100)
            seen += " " + slow.seen
        }
        stage.unblock(slow)
        stage.event("e5", "a:1")
        stage.pass(milliseconds: 10)
        seen += " " + slow.seen
        #expect(seen.split(separator: " ").joined(separator: " ") == "e1 e2 e3 e4 e5")
        #expect(slow.client.isLive)
    }

    @Test
    func `Answers go out before what waits, and are exempt from the limits`() {
        var stage = HubStage { $0.slow = .init(bytes: 100, age: 10_000, control: 2_000) }
        let client = stage.connect("a:1")
        _ = client.read()
        client.socket.room = 20
        stage.event("e1", "a:1")
        stage.say(client, #"{"type":"ping","id":"p"}"#)
        stage.say(client, #"{"type":"subscribe","channels":["b:1"]}"#)
        #expect(client.seen == "")
        stage.unblock(client)
        #expect(client.seen == "e1 pong subscribed")
        // An answer that cannot wait any more ends the connection.
        client.socket.room = 5
        stage.event("e2", "a:1")
        for _ in 0..<30 { stage.say(client, "{\"type\":\"ping\",\"id\":\"\(String(repeating: "x", count: 60))\"}") }
        #expect(client.socket.isAborted)
        #expect(stage.hub.counters.aborted == 1)
    }

    @Test
    func `A client that is too slow is closed behind what it was being sent, and comes back to what it missed`() {
        var stage = HubStage { $0.slow = .init(bytes: 300, age: 10_000) }
        let slow = stage.connect("a:1")
        let quick = stage.connect("a:1")
        _ = slow.read()
        slow.socket.room = 50
        for number in 1...8 { stage.event("e\(number)", "a:1") }
        #expect(quick.seen == "welcome e1 e2 e3 e4 e5 e6 e7 e8")
        #expect(!slow.client.isOpen)
        #expect(!slow.socket.isFinished)
        stage.unblock(slow)
        #expect(slow.seen == "e1 close 4008")
        #expect(slow.socket.isFinished)
        stage.hub.disconnect(slow.client)
        let back = stage.connect("a:1", cursor: slow.cursor)
        #expect(back.seen == "welcome e2 e3 e4 e5 e6 e7 e8")
        #expect(stage.hub.counters.closed == [.slow: 1])
    }

    @Test
    func `One that takes nothing is cut off, also before its goodbye`() {
        var stage = HubStage { $0.slow = .init(bytes: 1_000, age: 2_000, closing: 1_000) }
        let client = stage.connect("a:1")
        client.socket.room = 10
        stage.event("e1", "a:1")
        stage.pass(milliseconds: 1_900)
        #expect(client.client.isOpen)
        stage.pass(milliseconds: 600, ticks: 3)
        #expect(!client.client.isOpen)
        #expect(!client.socket.isAborted)
        stage.pass(milliseconds: 1_500, ticks: 3)
        #expect(client.socket.isAborted)
    }

    @Test
    func `Where the latest of a key is enough, a slow client gets the latest of each`() {
        var stage = HubStage {
            $0.slow = .init(bytes: 300, age: 10_000)
            $0.coalescing = ["stock:*"].compactMap { ChannelPattern($0) }
        }
        let slow = stage.connect("stock:1", "order:1")
        _ = slow.read()
        slow.socket.room = 50
        for number in 1...9 {
            stage.event("e\(number)", "stock:1", aggregate: ("PRODUCT", number % 3 == 0 ? "3" : "1"))
        }
        #expect(slow.client.isOpen)
        stage.unblock(slow)
        #expect(slow.seen == "e1 e8 e9")
        stage.event("e10", "stock:1", aggregate: ("PRODUCT", "1"))
        stage.event("e11", "stock:1", aggregate: ("PRODUCT", "1"))
        #expect(slow.seen == "e10 e11")
        #expect(stage.hub.counters.coalesced == 1)
        #expect(stage.hub.counters.superseded == 6)
        // An event of another channel must not be left out.
        slow.socket.room = 50
        stage.event("f1", "order:1")
        for number in 2...9 { stage.event("f\(number)", number == 5 ? "order:1" : "stock:1", aggregate: ("PRODUCT", "1")) }
        #expect(!slow.client.isOpen)
    }

    @Test
    func `What left the history while a client was blocked is a reset`() {
        var stage = HubStage { $0.history = .init(events: 3, bytes: 1 << 20, age: 60_000) }
        let client = stage.connect("a:1")
        _ = client.read()
        client.socket.room = 20
        for number in 1...9 { stage.event("e\(number)", "a:1") }
        stage.unblock(client)
        let messages = client.read()
        #expect(messages.map { $0.eventID ?? $0.type } == ["e1", "reset"])
        #expect(messages.last?.text.contains("\"overrun\"") == true)
        stage.event("e10", "a:1")
        #expect(client.seen == "e10")
    }

    // MARK: Time

    @Test
    func `A silent client is asked, and given up when it does not answer`() {
        var stage = HubStage { $0.liveness = Liveness(idle: 2_000, answer: 1_000) }
        let dead = stage.connect("a:1")
        let alive = stage.connect("a:1")
        stage.pass(milliseconds: 2_250)
        #expect(dead.seen == "welcome ping")
        stage.hub.heard(alive.client, now: stage.now)
        stage.pass(milliseconds: 1_500, ticks: 6)
        #expect(dead.socket.isAborted)
        #expect(!alive.socket.isAborted)
        #expect(stage.hub.counters.aborted == 1)
    }

    @Test
    func `A quiet stream shows signs of life that move the cursor on`() throws {
        var stage = HubStage { $0.streamPing = 3_000 }
        let client = stage.connect("a:1", form: .eventStream)
        _ = client.read()
        stage.event("other", "b:1")
        stage.pass(milliseconds: 3_250)
        #expect(client.seen == "ping")
        #expect(try Cursor(client.cursor ?? "").positions == [0: 1])
        stage.pass(milliseconds: 3_250)
        #expect(client.seen == "ping")
    }

    @Test
    func `A quiet WebSocket client is told where it stands`() throws {
        var stage = HubStage {
            $0.cursorRefresh = 5_000
            $0.liveness = Liveness(idle: 2_000, answer: 1_000)
        }
        let client = stage.connect("a:1")
        stage.event("other", "b:1")
        for _ in 0..<30 {
            stage.pass(milliseconds: 250)
            stage.hub.heard(client.client, now: stage.now)
        }
        #expect(client.read().contains { $0.type == "cursor" })
        #expect(client.cursor == stage.hub.cursor)
    }

    @Test
    func `A connection ends with its token, unless a new one comes in time`() {
        var stage = HubStage(AccessRules(.tokens(anonymous: false)))
        var asked: [String] = []
        stage.hub.verify = { _, token, _ in asked.append(token) }
        let end = stage.now.unixSeconds + 10
        let first = stage.connect("user:7", grant: AccessGrant(user: "7", expiresAt: end))
        let second = stage.connect("user:7", "shop:1", grant: AccessGrant(user: "7", channels: [], expiresAt: end))
        stage.say(second, #"{"type":"refresh","token":"new"}"#)
        #expect(asked == ["new"])
        stage.hub.refreshed(second.client, with: AccessGrant(user: "7", expiresAt: end + 20), id: nil, now: stage.now)
        #expect(second.seen == "welcome token")
        stage.pass(milliseconds: 9_000, ticks: 9)
        #expect(first.client.isOpen)
        stage.pass(milliseconds: 2_000, ticks: 4)
        #expect(first.seen.hasSuffix("close 4001"))
        #expect(first.socket.isFinished)
        #expect(second.client.isOpen)
        stage.hub.refreshed(second.client, with: nil, id: nil, now: stage.now)
        #expect(second.seen == "error")
        stage.hub.refreshed(second.client, with: AccessGrant(user: "8"), id: nil, now: stage.now)
        #expect(second.seen == "close 4003")
    }

    @Test(arguments: [0, 10])
    func `A connection that stops and goes on again and again is looked at all the same`(room: Int) {
        var stage = HubStage(AccessRules(.tokens(anonymous: false)))
        let end = stage.now.unixSeconds + 15
        let client = stage.connect("user:7", grant: AccessGrant(user: "7", expiresAt: end))
        // It never goes without a byte for long, so that no limit of slow clients is reached.
        for number in 0..<20 where client.client.isOpen {
            client.socket.room = room
            stage.event("e\(number)", "user:7")
            stage.pass(milliseconds: 500)
            if client.socket.isOpen { stage.unblock(client) }
            stage.pass(milliseconds: 500)
        }
        #expect(stage.now.unixSeconds <= end + 1)
        #expect(client.seen.hasSuffix("close 4001"))
    }

    @Test
    func `A client that resumes again and again loses its connection with its token all the same`() {
        var stage = HubStage(AccessRules(.tokens(anonymous: false)))
        let end = stage.now.unixSeconds + 15
        let client = stage.connect("user:7", grant: AccessGrant(user: "7", expiresAt: end))
        let ahead = Cursor(epoch: HubStage.epoch, proof: .init(partition: 0, fingerprint: 1), positions: [0: 99]).text
        for _ in 0..<10 where client.client.isOpen {
            stage.say(client, "{\"type\":\"resume\",\"cursor\":\"\(ahead)\"}")
            stage.pass(milliseconds: 2_000, ticks: 2)
        }
        #expect(stage.now.unixSeconds <= end + 2)
        #expect(client.seen.hasSuffix("close 4001"))
    }

    @Test
    func `A client that takes its last bytes one by one is cut off in time`() {
        var stage = HubStage { $0.slow = .init(bytes: 10_000, age: 10_000, closing: 3_000) }
        let client = stage.connect("a:1")
        client.socket.room = 10
        stage.event("e1", "a:1")
        stage.hub.close(client.client, .normal, reason: "", now: stage.now)
        for _ in 0..<8 where client.socket.isOpen {
            stage.pass(milliseconds: 500)
            if client.socket.isOpen { stage.unblock(client, room: 1) }
        }
        #expect(client.socket.isAborted)
    }

    @Test
    func `A new token that allows less takes channels away`() {
        var stage = HubStage(AccessRules(.tokens(anonymous: false)))
        let pattern = ["user:*"].compactMap { ChannelPattern($0) }
        let client = stage.connect("user:7", "user:8", grant: AccessGrant(user: "7", channels: pattern))
        stage.hub.refreshed(client.client, with: AccessGrant(user: "7"), id: nil, now: stage.now)
        stage.event("e", "user:8")
        stage.event("f", "user:7")
        let messages = client.read()
        #expect(messages.map { $0.eventID ?? $0.type } == ["welcome", "unsubscribed", "token", "f"])
    }

    @Test
    func `A drain sends everybody away over its window, the oldest last`() {
        var stage = HubStage()
        let clients = (0..<8).map { number in stage.connect("a:1", form: number % 2 == 0 ? .webSocket : .eventStream) }
        for client in clients { _ = client.read() }
        stage.hub.drain(window: 1_000, now: stage.now)
        var closed = clients.map(\.socket.isFinished)
        #expect(closed == [false, false, false, false, false, false, true, true])
        #expect(clients[6].seen == "reconnect close 1012")
        #expect(clients[7].seen == "retry reconnect")
        stage.pass(milliseconds: 500)
        closed = clients.map(\.socket.isFinished)
        #expect(closed == [false, false, true, true, true, true, true, true])
        // The others still get their events, somebody new is sent away at once.
        stage.event("e", "a:1")
        #expect(clients[0].seen == "e")
        #expect(stage.connect("a:1").seen == "welcome reconnect close 1012")
        stage.pass(milliseconds: 500)
        #expect(!stage.hub.isDrained)
        for client in clients { stage.hub.disconnect(client.client) }
        #expect(!clients.map(\.socket.isFinished).contains(false))
        #expect(stage.hub.clientCount == 1)
    }

    @Test
    func `A connection that has lasted long enough is sent away`() {
        var stage = HubStage { $0.lifetime = 5_000 }
        let client = stage.connect("a:1")
        stage.pass(milliseconds: 3_700)
        #expect(client.client.isOpen)
        stage.pass(milliseconds: 1_500)
        #expect(client.seen == "welcome reconnect close 1012")
    }

    @Test
    func `Connections that came together are not sent away together`() {
        var stage = HubStage { $0.lifetime = 20_000 }
        let clients = (0..<100).map { _ in stage.connect("a:1") }
        stage.pass(milliseconds: 14_900)
        #expect(clients.allSatisfy { $0.client.isOpen })
        var gone = 0
        for _ in 0..<5 {
            stage.pass(milliseconds: 1_000)
            let now = clients.count { !$0.client.isOpen }
            #expect(now - gone < 40)
            gone = now
        }
        stage.pass(milliseconds: 500)
        #expect(!clients.contains { $0.client.isOpen })
    }

    // MARK: Administration

    @Test
    func `Channels, connections and users can be looked at, and a user disconnected`() {
        var stage = HubStage { $0.connectionPrefix = "x-" }
        let seven = (0..<2).map { _ in stage.connect("public", "user:7", grant: AccessGrant(user: "7")) }
        let eight = stage.connect("public", grant: AccessGrant(user: "8"))
        var channels: [String: Int] = [:]
        stage.hub.forEachChannel { channels[$0.text] = $1 }
        #expect(channels == ["public": 3, "user:7": 2])
        stage.pass(milliseconds: 100)
        let report = stage.hub.reports(limit: 1, now: stage.now).first
        #expect(report?.connection == "x-1")
        #expect(report?.channels.map(\.text) == ["public", "user:7"])
        #expect(report?.connectedFor == 100)
        #expect(stage.hub.disconnect(user: "7", reason: "by the administration", now: stage.now) == 2)
        #expect(seven.allSatisfy { $0.seen == "welcome close 4003" })
        #expect(eight.client.isOpen)
        #expect(stage.hub.channelCount == 1)
        #expect(stage.hub.count(of: .webSocket) == 1)
    }
}
