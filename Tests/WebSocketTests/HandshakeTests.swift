import Foundation
import Testing
import WebSocket

struct HandshakeTests {
    private typealias Fields = [(name: String, value: String)]

    private static let good: [(name: String, value: String)] = [
        ("Host", "shop.example"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
    ]

    private func changed(_ name: String, to values: [String]) -> Fields {
        Self.good.filter { $0.name != name } + values.map { (name, $0) }
    }

    /// The first is the example of RFC 6455, the others were calculated by Python's hashlib.
    @Test(arguments: [
        ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ("/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
        ("x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="),
    ])
    func `the key is answered as the standard asks`(key: String, accept: String) throws {
        let upgrade = try WebSocketUpgrade(method: "GET", headers: changed("Sec-WebSocket-Key", to: [key]))
        #expect(upgrade.responseHeaders.map(\.name) == ["Upgrade", "Connection", "Sec-WebSocket-Accept"])
        #expect(upgrade.responseHeaders.map(\.value) == ["websocket", "Upgrade", accept])
        #expect(upgrade.subprotocol == nil && upgrade.offeredSubprotocols.isEmpty)
    }

    @Test func `names, lists and blanks are read as HTTP has them`() throws {
        let fields: Fields = [
            ("connection", "keep-alive,\t UPGRADE "), ("UPGRADE", "h2c, WebSocket"),
            ("sec-websocket-key", "  dGhlIHNhbXBsZSBub25jZQ==\t"), ("SEC-WEBSOCKET-VERSION", " 13"),
        ]
        _ = try WebSocketUpgrade(method: "GET", headers: fields)
        let several: Fields = changed("Connection", to: ["keep-alive", "Upgrade"])
        _ = try WebSocketUpgrade(method: "GET", headers: several)
    }

    @Test(arguments: [
        ("Upgrade", [], 426), ("Upgrade", ["h2c"], 426), ("Upgrade", ["websockets"], 426), ("Connection", [], 426),
        ("Connection", ["close"], 426), ("Sec-WebSocket-Version", [], 426), ("Sec-WebSocket-Version", ["8"], 426),
        ("Sec-WebSocket-Version", ["13", "13"], 426), ("Sec-WebSocket-Version", ["13, 8"], 426),
        ("Sec-WebSocket-Key", [], 400), ("Sec-WebSocket-Key", [""], 400), ("Sec-WebSocket-Key", ["short"], 400),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="], 400),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZTE="], 400), ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25j"], 400),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub2-jZQ=="], 400), ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ="], 400),
        ("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBu====jZQ="], 400), ("Sec-WebSocket-Protocol", ["a b"], 400),
        ("Sec-WebSocket-Protocol", ["outbox.v1, bär"], 400),
    ])
    func `a request that is wrong is refused`(name: String, values: [String], status: Int) {
        #expect {
            try WebSocketUpgrade(method: "GET", headers: changed(name, to: values))
        } throws: { error in
            guard let refusal = error as? WebSocketRefusal else { return false }
            let says = refusal.headers.contains { $0 == ("Sec-WebSocket-Version", "13") }
            return refusal.status == status && says == (name == "Sec-WebSocket-Version")
        }
    }

    @Test(arguments: ["POST", "HEAD", "get", ""])
    func `another method is refused`(method: String) {
        #expect {
            try WebSocketUpgrade(method: method, headers: Self.good)
        } throws: {
            ($0 as? WebSocketRefusal)?.status == 405
        }
    }

    @Test(
        arguments: [
            (["outbox.v1, bearer.abc.def-_"], "outbox.v1", ["outbox.v1", "bearer.abc.def-_"]),
            (["bearer.x", "outbox.v1"], "outbox.v1", ["bearer.x", "outbox.v1"]),
            (["graphql-ws"], nil, ["graphql-ws"]), ([" , ,"], nil, []), (["Outbox.v1"], nil, ["Outbox.v1"]),
            (["outbox.v2,outbox.v1"], "outbox.v2", ["outbox.v2", "outbox.v1"]),
        ] as [([String], String?, [String])])
    func `the client's order of subprotocols decides`(values: [String], chosen: String?, offered: [String]) throws {
        let upgrade = try WebSocketUpgrade(
            method: "GET", headers: changed("Sec-WebSocket-Protocol", to: values), subprotocols: ["outbox.v1", "outbox.v2"])
        #expect(upgrade.subprotocol == chosen)
        #expect(upgrade.offeredSubprotocols == offered)
        #expect(upgrade.responseHeaders.last { $0.name == "Sec-WebSocket-Protocol" }?.value == chosen)
    }

    // MARK: The client's side

    private static let nonce = Array("the sample nonce".utf8)

    private func answer(_ accept: String = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", _ more: String = "") -> String {
        "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \(accept)\r\n\(more)\r\n"
    }

    @Test func `a client asks and a server understands`() throws {
        var client = WebSocketClientHandshake(
            host: "shop.example:8080", path: "/ws?channels=a", nonce: Self.nonce, subprotocols: ["outbox.v1", "bearer.t"],
            headers: [("Origin", "https://shop.example")])
        let lines = String(decoding: client.request, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.first == "GET /ws?channels=a HTTP/1.1")
        #expect(lines.suffix(3) == ["Origin: https://shop.example", "", ""])
        let fields = lines.dropFirst().compactMap { line in
            line.firstIndex(of: ":").map { (name: String(line[..<$0]), value: String(line[$0...].dropFirst(2))) }
        }
        let upgrade = try WebSocketUpgrade(method: "GET", headers: fields, subprotocols: ["outbox.v1"])
        let head =
            "HTTP/1.1 101 Switching Protocols\r\n" + upgrade.responseHeaders.map { "\($0.name): \($0.value)\r\n" }.joined()
            + "\r\n"
        let bytes = Array(head.utf8) + WebSocketFrame.text("first")
        var used: Int?
        for (index, byte) in bytes.enumerated() where used == nil {
            used = try client.receive([byte]).map { index + $0 }
        }
        #expect(used == head.utf8.count)
        #expect(client.subprotocol == "outbox.v1")
    }

    @Test func `what follows the head is left to the session`() throws {
        var client = WebSocketClientHandshake(host: "h", path: "/", nonce: Self.nonce)
        let head = answer()
        let used = try client.receive(Array(head.utf8) + [1, 2, 3])
        #expect(used == head.utf8.count)
    }

    @Test(arguments: [
        ("HTTP/1.1 503 Busy\r\nRetry-After: 5\r\n\r\n", WebSocketHandshakeError.refused(status: 503)),
        ("HTTP/1.1 401 No\r\n\r\n", .refused(status: 401)),
        ("HTTP/1.0 101 Switching\r\n\r\n", .malformed("the answer is not HTTP/1.1")),
        ("HTTP/1.1 101 Switching\r\n\r\n", .malformed("the answer upgrades to something else")),
        ("HTTP/1.1 101 Switching\r\nno colon\r\n\r\n", .malformed("a header field without a colon")),
    ])
    func `another answer is no connection`(head: String, expected: WebSocketHandshakeError) {
        var client = WebSocketClientHandshake(host: "h", path: "/", nonce: Self.nonce)
        #expect(throws: expected) { try client.receive(Array(head.utf8)) }
    }

    @Test(arguments: [
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOO=", ""), ("", ""),
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Extensions: permessage-deflate\r\n"),
        ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "Sec-WebSocket-Protocol: other\r\n"),
    ])
    func `a wrong proof, an extension and an unknown subprotocol are refused`(accept: String, more: String) {
        var client = WebSocketClientHandshake(host: "h", path: "/", nonce: Self.nonce)
        #expect(throws: WebSocketHandshakeError.self) { try client.receive(Array(answer(accept, more).utf8)) }
    }

    @Test func `a head without an end is bounded`() {
        var client = WebSocketClientHandshake(host: "h", path: "/", nonce: Self.nonce)
        #expect(throws: WebSocketHandshakeError.malformed("the answer's head is too long")) {
            try client.receive([UInt8](repeating: 0x61, count: 1 << 20))
        }
    }

    @Test(arguments: 0..<40)
    func `keys are base64 as others write it`(seed: Int) {
        let nonce = (0..<16).map { UInt8(truncatingIfNeeded: ($0 + 1) * (seed * 37 + 11)) }
        let client = WebSocketClientHandshake(host: "h", path: "/", nonce: nonce)
        #expect(
            String(decoding: client.request, as: UTF8.self)
                .contains("Sec-WebSocket-Key: \(Data(nonce).base64EncodedString())\r\n"))
    }
}
