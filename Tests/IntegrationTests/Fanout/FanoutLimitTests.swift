import Drills
import LocalServers
import ServiceRuntime
import TestSupport
import Testing
import WebSocketCases

/// Every limit of the real program, from outside. What the parts do at their limits in detail, their own tests say.
@Suite(.needsServers) struct FanoutLimitTests {
    private static let access = [(key: "auth", value: "jwt"), (key: "auth.jwt.secret", value: FanoutVisitor.secret)]

    @Test func `every limit of one client holds, and harms nobody else`() throws {
        try FanoutStage.perform { stage in
            let instance = try stage.start(
                Self.access + [
                    ("threads", "1"), ("limit.connections.per.user", "2"), ("limit.handshake.ms", "400"),
                    ("limit.header.bytes", "2048"), ("limit.frame.bytes", "8192"), ("limit.message.bytes", "32768"),
                    ("limit.unfinished.bytes", "65536"), ("limit.subscriptions", "3"), ("limit.messages.per.second", "5"),
                    ("allowed.origins", "same-origin,https://shop.example"),
                ])
            let visitor = try FanoutVisitor(instance)
            let witness = try visitor.connect()
            try perUser(visitor)
            try requests(visitor, instance)
            try messages(visitor)
            try unfinished(visitor)
            try stage.write(1...1)
            #expect(try witness.next("event").contains("\"aggregate_id\":1,"))
            #expect(instance.terminate() == .exited(0))
        }
    }

    private func perUser(_ visitor: FanoutVisitor) throws {
        let token = try visitor.token()
        var both = [try visitor.connect(token: token), try visitor.connect(token: token)]
        #expect(try visitor.refusal(token: token) == 429)
        #expect(try visitor.refusal() == nil)
        both.removeLast()
        // A place is free as soon as the server has noticed.
        #expect(try Await.until(seconds: 5) { try visitor.refusal(token: token) == nil })
        #expect(both.count == 1)
    }

    private func requests(_ visitor: FanoutVisitor, _ instance: FanoutUnderTest) throws {
        #expect(try visitor.get("/sse?channels=public&x=\(String(repeating: "x", count: 3_000))").status == 400)
        #expect(try visitor.get("/sse").status == 401)
        #expect(try visitor.refusal(token: "no.token.atall") == 401)
        #expect(try visitor.refusal(token: visitor.token(seconds: -100)) == 401)
        #expect(try visitor.refusal("channels=user:8") == 403)
        #expect(try visitor.refusal("channels=all") == 403)
        #expect(try visitor.refusal("channels=user:8", token: visitor.token(channels: ["user:8"])) == nil)
        #expect(try visitor.refusal("channels=a:1,a:2,a:3,a:4") == 400)
        #expect(try visitor.refusal("channels=sp%20ace") == 400)
        #expect(try visitor.refusal(headers: ["Origin: https://evil.example"]) == 403)
        #expect(try visitor.refusal(headers: ["Origin: https://shop.example"]) == nil)
        #expect(try visitor.refusal(headers: ["Origin: http://127.0.0.1:\(instance.port)"]) == nil)
        // Half a head, and nothing more: the server does not wait for ever.
        #expect(visitor.isHungUp(on: "GET /ws HTTP/1.1\r\nHost: x"))
    }

    private func messages(_ visitor: FanoutVisitor) throws {
        let large = try visitor.connect()
        try large.send(WireFrame(1, [UInt8](repeating: 0x20, count: 8_193)))
        #expect(try large.closeCode() == 1009)
        let long = try visitor.connect()
        for frame in WireFrame.fragmented(1, [UInt8](repeating: 0x20, count: 40_000), size: 8_000) { try long.send(frame) }
        #expect(try long.closeCode() == 1009)

        let greedy = try visitor.connect("channels=public")
        try greedy.send(.text(#"{"type":"subscribe","channels":["a:1","a:2"],"id":1}"#))
        _ = try greedy.next("subscribed")
        try greedy.send(.text(#"{"type":"subscribe","channels":["a:3"],"id":2}"#))
        #expect(try greedy.next("error").contains("\"id\":2"))
        try greedy.send(.text(#"{"type":"unsubscribe","channels":["a:1"]}"#), .text(#"{"type":"subscribe","channels":["a:3"]}"#))
        #expect(try greedy.next("subscribed").contains("a:3"))
        // Four times five after a pause, of which some are spent.
        for _ in 0..<30 { try greedy.send(.text(#"{"type":"ping"}"#)) }
        #expect(try greedy.closeCode() == 4029)
    }

    /// Three begin messages and do not end them: for the last there is no room.
    private func unfinished(_ visitor: FanoutVisitor) throws {
        let part = WireFrame(1, [UInt8](repeating: 0x20, count: 8_000), isFinal: false)
        let next = WireFrame(0, [UInt8](repeating: 0x20, count: 8_000), isFinal: false)
        let clients = try (0..<3).map { _ in try visitor.connect() }
        for client in clients[..<2] { try client.send(part, next, next, next) }
        #expect(try Await.until(seconds: 5) { try visitor.unfinishedBytes() >= 60_000 })
        try clients[2].send(part, next, next, next)
        #expect(try clients[2].closeCode() == 1013)
        // The others may go on.
        try clients[0].send(WireFrame(0, [], isFinal: true))
        #expect(try clients[0].next("error").contains("message"))
    }

    @Test func `no more connections are taken than there may be at once, or in a second`() throws {
        try FanoutStage.perform { stage in
            let full = try FanoutVisitor(stage.start(Self.access + [("limit.connections", "3"), ("threads", "1")]))
            var clients = try (0..<3).map { _ in try full.connect() }
            #expect(try full.refusal() == 503)
            clients.removeLast()
            #expect(try Await.until(seconds: 5) { try full.refusal() == nil })
            #expect(clients.count == 2)

            let busy = try FanoutVisitor(stage.start(Self.access + [("limit.connections.per.second", "5"), ("threads", "1")]))
            var answers: [Int?] = []
            for _ in 0..<40 { answers.append(try busy.refusal()) }
            #expect(answers.first == .some(nil))
            #expect(answers.contains(503), "\(answers)")
            #expect(try Await.until(seconds: 5, everyMilliseconds: 200) { try busy.refusal() == nil })
        }
    }

    @Test func `a token ends its connection unless it is renewed in place`() throws {
        try FanoutStage.perform { stage in
            let visitor = try FanoutVisitor(stage.start(Self.access + [("auth.jwt.leeway.seconds", "0")]))
            let short = try visitor.token("7", seconds: 3)
            let (left, renewed, forger) = (
                try visitor.connect(token: short), try visitor.connect(token: short), try visitor.connect(token: short)
            )
            try renewed.send(.text(#"{"type":"refresh","token":"\#(try visitor.token("7"))","id":"r"}"#))
            #expect(try renewed.next("token").contains("expires_at"))
            // Another user's token is none for this connection.
            try forger.send(.text(#"{"type":"refresh","token":"\#(try visitor.token("8"))"}"#))
            #expect(try forger.closeCode() == 4003)
            #expect(try left.closeCode() == 4001)
            try stage.write(1...1)
            #expect(try renewed.next("event").contains("\"aggregate_id\":1,"))
        }
    }

    @Test func `an administrator sees, disconnects and tests, with a token of his own`() throws {
        let admin = "the administrator's token"
        try FanoutStage.perform { stage in
            let visitor = try FanoutVisitor(stage.start(Self.access + [("admin.token", admin)]))
            for wrong in [nil, "the administrator's tokem", try visitor.token()] {
                #expect(try visitor.administer("GET", "/admin/channels", token: wrong).status == 401)
            }
            #expect(try visitor.get("/admin/channels", headers: ["Authorization: Bearer \(admin)"]).status == 404)
            let seven = try visitor.connect(token: visitor.token("7"))
            let eight = try visitor.connect("channels=public,order:1", token: visitor.token("8"))
            let channels = try visitor.administer("GET", "/admin/channels", token: admin).text
            #expect(channels.contains("order:1") && channels.contains("user:7"))
            let found = try visitor.administer("GET", "/admin/connections?user=8", token: admin).text
            #expect(found.contains("order:1") && !found.contains("user:7"))
            let message = #"{"channels":["public"],"event_type":"TEST","payload":{"n":1}}"#
            #expect(try visitor.administer("POST", "/admin/messages", token: admin, body: message).status == 200)
            for client in [seven, eight] { #expect(try client.next("event").contains(#""payload":{"n":1}"#)) }
            let answer = try visitor.administer("DELETE", "/admin/users/8/connections", token: admin)
            #expect(answer.status == 200 && answer.text.contains("1"))
            #expect(try eight.closeCode() == 4003)
            try seven.send(.text(#"{"type":"ping"}"#))
            _ = try seven.next("pong")
        }
    }
}

extension FanoutVisitor {
    /// Memory for messages of which a part is still to come, by the metrics.
    fileprivate func unfinishedBytes() throws -> Int {
        let line = instance.metricsText?.split(separator: "\n").last { $0.hasPrefix("outbox_fanout_unfinished_message_bytes ") }
        return line.flatMap { Double($0.split(separator: " ").last ?? "") }.map { Int($0) } ?? 0
    }
}
