extension WebSocketCase {
    /// 5: fragmentation.
    static let fragments: [WebSocketCase] = {
        let parts: [WireFrame] = [.text("fragment1", isFinal: false), .continuation("fragment2", isFinal: true)]
        let whole = Step.expect(.text(Array("fragment1fragment2".utf8)))
        let withPing = [parts[0], .ping("ping payload"), parts[1]]
        let pong = Step.expect(.pong(Array("ping payload".utf8)))
        let hello = WireFrame.text("Hello, world!")
        let last: [WireFrame] = [.continuation("non-continuation payload", isFinal: true), hello]
        let notLast: [WireFrame] = [.continuation("non-continuation payload", isFinal: false), hello]
        let endless: [WireFrame] = [
            .continuation("fragment1", isFinal: false), .text("fragment2", isFinal: false),
            .continuation("fragment3", isFinal: true),
        ]
        let endful: [WireFrame] = [
            .continuation("fragment1", isFinal: true), .text("fragment2", isFinal: false),
            .continuation("fragment3", isFinal: true),
        ]
        return [
            WebSocketCase(
                "5.1", "ping in two fragments",
                [.send([.ping("frag", isFinal: false), .continuation("ment", isFinal: true)], .together)], .fails(1002)),
            WebSocketCase(
                "5.2", "pong in two fragments",
                [.send([.pong("frag", isFinal: false), .continuation("ment", isFinal: true)], .together)], .fails(1002)),
            WebSocketCase("5.3", "text in two fragments", [.send(parts, .together), whole]),
            WebSocketCase("5.4", "text in two fragments, frame by frame", [.send(parts, .eachFrame), whole]),
            WebSocketCase("5.5", "text in two fragments, byte by byte", [.send(parts, .pieces(1)), whole]),
            WebSocketCase("5.6", "a ping between two fragments", [.send(withPing, .together), pong, whole]),
            WebSocketCase("5.7", "a ping between two fragments, frame by frame", [.send(withPing, .eachFrame), pong, whole]),
            WebSocketCase("5.8", "a ping between two fragments, byte by byte", [.send(withPing, .pieces(1)), pong, whole]),
            WebSocketCase(
                "5.9", "a last fragment of no message, then text", [.send(last, .together)],
                .fails(1002)),
            WebSocketCase(
                "5.10", "the same, frame by frame", [.send(last, .eachFrame)], .fails(1002)),
            WebSocketCase("5.11", "the same, byte by byte", [.send(last, .pieces(1))], .fails(1002)),
            WebSocketCase(
                "5.12", "a fragment of no message, then text", [.send(notLast, .together)], .fails(1002)
            ),
            WebSocketCase(
                "5.13", "the same, frame by frame", [.send(notLast, .eachFrame)], .fails(1002)),
            WebSocketCase("5.14", "the same, byte by byte", [.send(notLast, .pieces(1))], .fails(1002)),
            WebSocketCase(
                "5.15", "text in two fragments, then a fragment of no message, then text",
                [.send(parts + [.continuation("fragment3", isFinal: false), .text("fragment4")], .together), whole], .fails(1002)),
            WebSocketCase(
                "5.16", "twice: a fragment of no message, then text in two", [.send(endless + endless, .together)], .fails(1002)),
            WebSocketCase(
                "5.17", "twice: a last fragment of no message, then text in two", [.send(endful + endful, .together)],
                .fails(1002)),
            WebSocketCase(
                "5.18", "two fragments that both say text",
                [.send([.text("fragment1", isFinal: false), .text("fragment2")], .together)], .fails(1002)),
            fivePartsWithPings("5.19", .together),
            fivePartsWithPings("5.20", .eachFrame),
        ]
    }()

    /// The first ping is answered before the rest of the message is sent.
    private static func fivePartsWithPings(_ id: String, _ chop: Chop) -> WebSocketCase {
        WebSocketCase(
            id, "five fragments with two pings\(id == "5.20" ? ", frame by frame" : "")",
            [
                .send(
                    [.text("fragment1", isFinal: false), .continuation("fragment2", isFinal: false), .ping("pongme 1!")], chop),
                .expect(.pong(Array("pongme 1!".utf8))),
                .send(
                    [
                        .continuation("fragment3", isFinal: false), .continuation("fragment4", isFinal: false),
                        .ping("pongme 2!"),
                        .continuation("fragment5", isFinal: true),
                    ], chop),
                .expect(.pong(Array("pongme 2!".utf8))),
                .expect(.text(Array("fragment1fragment2fragment3fragment4fragment5".utf8))),
            ])
    }
}
