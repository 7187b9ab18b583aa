extension WebSocketCase {
    /// 1: messages of all length encodings.
    static let framing: [WebSocketCase] = [(1, UInt8(1), UInt8(ascii: "*")), (2, UInt8(2), 0xFE)].flatMap { group, opcode, fill in
        [(0, nil), (125, nil), (126, nil), (127, nil), (128, nil), (65535, nil), (65536, nil), (65536, 997)]
            .enumerated().map { index, size in
                let (count, piece): (Int, Int?) = size
                let payload = [UInt8](repeating: fill, count: count)
                return WebSocketCase(
                    "1.\(group).\(index + 1)", "\(opcode == 1 ? "text" : "binary") of \(count) bytes",
                    [
                        .send([WireFrame(opcode, payload)], piece.map { .pieces($0) } ?? .together),
                        .expect(opcode == 1 ? .text(payload) : .binary(payload)),
                    ])
            }
    }

    /// 2: pings and pongs.
    static let pings: [WebSocketCase] = {
        let binary: [UInt8] = [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF]
        let longest = [UInt8](repeating: 0xFE, count: 125)
        let ten = (0..<10).map { "payload-\($0)" }
        let tenPongs = ten.map { Step.expect(.pong(Array($0.utf8))) }
        return [
            WebSocketCase("2.1", "ping without payload", [.send([.ping()], .together), .expect(.pong([]))]),
            WebSocketCase(
                "2.2", "ping with text",
                [.send([.ping("Hello, world!")], .together), .expect(.pong(Array("Hello, world!".utf8)))]),
            WebSocketCase("2.3", "ping with bytes", [.send([WireFrame(9, binary)], .together), .expect(.pong(binary))]),
            WebSocketCase("2.4", "ping of 125 bytes", [.send([WireFrame(9, longest)], .together), .expect(.pong(longest))]),
            WebSocketCase("2.5", "ping of 126 bytes", [.send([WireFrame(9, longest + [0xFE])], .together)], .fails(1002)),
            WebSocketCase(
                "2.6", "ping of 125 bytes, byte by byte", [.send([WireFrame(9, longest)], .pieces(1)), .expect(.pong(longest))]),
            WebSocketCase("2.7", "unsolicited pong", [.send([.pong()], .together)]),
            WebSocketCase("2.8", "unsolicited pong with payload", [.send([.pong("unsolicited pong payload")], .together)]),
            WebSocketCase(
                "2.9", "unsolicited pong, then ping",
                [
                    .send([.pong("unsolicited pong payload"), .ping("ping payload")], .together),
                    .expect(.pong(Array("ping payload".utf8))),
                ]),
            WebSocketCase("2.10", "ten pings", [.send(ten.map { .ping($0) }, .together)] + tenPongs),
            WebSocketCase("2.11", "ten pings, byte by byte", [.send(ten.map { .ping($0) }, .pieces(1))] + tenPongs),
        ]
    }()

    /// 3 and 4: reserved bits and opcodes.
    static let reserved: [WebSocketCase] = {
        let hello = "Hello, world!"
        let good = WireFrame.text(hello)
        let echo = Step.expect(.text(Array(hello.utf8)))
        func after(_ id: String, _ title: String, _ wrong: WireFrame, _ chop: Chop) -> WebSocketCase {
            WebSocketCase(id, title, [.send([good, wrong, .ping()], chop), echo], .fails(1002))
        }
        func alone(_ id: String, _ title: String, _ wrong: WireFrame, _ chop: Chop = .together) -> WebSocketCase {
            WebSocketCase(id, title, [.send([wrong], chop)], .fails(1002))
        }
        let payload = Array("reserved opcode payload".utf8)
        return [
            alone("3.1", "text with reserved bits 1", .text(hello, reserved: 1)),
            after("3.2", "text, then text with reserved bits 2", .text(hello, reserved: 2), .together),
            after("3.3", "text, then text with reserved bits 3, frame by frame", .text(hello, reserved: 3), .eachFrame),
            after("3.4", "text, then text with reserved bits 4, byte by byte", .text(hello, reserved: 4), .pieces(1)),
            alone("3.5", "binary with reserved bits 5", WireFrame(2, [0x00, 0xFF, 0xFE], reserved: 5)),
            alone("3.6", "ping with reserved bits 6", .ping(hello, reserved: 6)),
            alone("3.7", "close with reserved bits 7", WireFrame(8, [0x03, 0xE8], reserved: 7)),
            alone("4.1.1", "reserved opcode 3", WireFrame(3)),
            alone("4.1.2", "reserved opcode 4 with payload", WireFrame(4, payload)),
            after("4.1.3", "text, then reserved opcode 5", WireFrame(5), .together),
            after("4.1.4", "text, then reserved opcode 6 with payload", WireFrame(6, payload), .together),
            after("4.1.5", "text, then reserved opcode 7 with payload, byte by byte", WireFrame(7, payload), .pieces(1)),
            alone("4.2.1", "reserved opcode 11", WireFrame(11)),
            alone("4.2.2", "reserved opcode 12 with payload", WireFrame(12, payload)),
            after("4.2.3", "text, then reserved opcode 13", WireFrame(13), .together),
            after("4.2.4", "text, then reserved opcode 14 with payload", WireFrame(14, payload), .together),
            after("4.2.5", "text, then reserved opcode 15 with payload, byte by byte", WireFrame(15, payload), .pieces(1)),
        ]
    }()
}
