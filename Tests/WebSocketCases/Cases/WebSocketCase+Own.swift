extension WebSocketCase {
    /// What the list of others leaves out.
    static let own: [WebSocketCase] = {
        let hello = Array("hello".utf8)
        func wrong(_ id: String, _ title: String, _ frame: WireFrame, _ code: UInt16 = 1002) -> WebSocketCase {
            WebSocketCase(id, title, [.send([frame], .together)], .fails(code))
        }
        return [
            wrong("X.1.1", "a text that is not masked", WireFrame(1, hello, maskKey: nil)),
            wrong("X.1.2", "a ping that is not masked", WireFrame(9, hello, maskKey: nil)),
            WebSocketCase(
                "X.1.3", "a masking key of zeros",
                [.send([WireFrame(1, hello, maskKey: [0, 0, 0, 0])], .together), .expect(.text(hello))]),
            wrong("X.2.1", "a length of 125 in two bytes", WireFrame(1, [UInt8](repeating: 42, count: 125), lengthBytes: 2)),
            wrong("X.2.2", "a length of 0 in two bytes", WireFrame(1, [], lengthBytes: 2)),
            wrong(
                "X.2.3", "a length of 65535 in eight bytes", WireFrame(2, [UInt8](repeating: 42, count: 65535), lengthBytes: 8)),
            wrong("X.2.4", "a length of 5 in eight bytes", WireFrame(1, hello, lengthBytes: 8)),
            wrong("X.2.5", "a length beyond 63 bits", WireFrame(1, hello, lengthBytes: 8, saidLength: 1 << 63)),
            wrong("X.2.6", "a length of 2^62", WireFrame(1, hello, lengthBytes: 8, saidLength: 1 << 62), 1009),
            wrong("X.2.7", "the largest length there is", WireFrame(2, hello, lengthBytes: 8, saidLength: (1 << 63) - 1), 1009),
            wrong("X.2.8", "a ping whose length takes two bytes", WireFrame(9, hello, lengthBytes: 2)),
            WebSocketCase(
                "X.3.1", "two messages and two pings at once",
                [
                    .send([.text("a"), .ping("1"), .text("b"), .ping("2")], .together), .expect(.text([0x61])),
                    .expect(.pong([0x31])), .expect(.text([0x62])), .expect(.pong([0x32])),
                ]),
            WebSocketCase(
                "X.3.2", "a reason in the close frame, cut into bytes",
                [.send([.close(4000, UTF8Sequences.greek)], .pieces(1))], .answers(4000)),
            WebSocketCase(
                "X.3.3", "a message left unfinished, then close",
                [.send([WireFrame(1, Array("unfinish".utf8), isFinal: false), .close(1001)], .eachFrame)], .answers(1001)),
        ] + codes("X.4", "a code that was registered later", [1012, 1013, 1014]) { .answers($0) }
            + codes("X.5", "a code that is not allowed", [1, 1015, 1999, 2999, 5001]) { _ in .fails(1002) }
    }()
}
