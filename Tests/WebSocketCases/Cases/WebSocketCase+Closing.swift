extension WebSocketCase {
    /// 7: the end of connections.
    static let closing: [WebSocketCase] = {
        let hello = "Hello World!"
        let large = [UInt8](repeating: UInt8(ascii: "B"), count: 256 * 1024)
        let normal = WireFrame.close(1000)
        let longestReason = [UInt8](repeating: UInt8(ascii: "*"), count: 123)
        return [
            WebSocketCase(
                "7.1.1", "text, then close", [.send([.text(hello), normal], .together), .expect(.text(Array(hello.utf8)))],
                .answers(1000)),
            WebSocketCase("7.1.2", "two close frames", [.send([normal, normal], .together)], .answers(1000)),
            WebSocketCase("7.1.3", "a ping after close", [.send([normal, .ping()], .together)], .answers(1000)),
            WebSocketCase("7.1.4", "text after close", [.send([normal, .text(hello)], .together)], .answers(1000)),
            WebSocketCase(
                "7.1.5", "close between two fragments",
                [.send([.text("fragment1", isFinal: false), normal, .continuation("fragment2", isFinal: true)], .together)],
                .answers(1000)),
            WebSocketCase(
                "7.1.6", "a large text, then close, then a ping",
                [.send([WireFrame(1, large), normal, .ping()], .together), .expect(.text(large))], .answers(1000)),
            WebSocketCase("7.3.1", "close without payload", [.send([WireFrame(8)], .together)], .answers(nil)),
            WebSocketCase("7.3.2", "close of one byte", [.send([WireFrame(8, [0x61])], .together)], .fails(1002)),
            WebSocketCase("7.3.3", "close with a code", [.send([normal], .together)], .answers(1000)),
            WebSocketCase("7.3.4", "close with a reason", [.send([.close(1000, Array(hello.utf8))], .together)], .answers(1000)),
            WebSocketCase(
                "7.3.5", "close with the longest reason", [.send([.close(1000, longestReason)], .together)], .answers(1000)),
            WebSocketCase(
                "7.3.6", "close with a longer reason", [.send([.close(1000, longestReason + [0x2A])], .together)], .fails(1002)),
            WebSocketCase(
                "7.5.1", "close with a reason that is not UTF-8",
                [.send([.close(1000, UTF8Sequences.greek + [0xED, 0xA0, 0x80])], .together)], .fails(1007)),
        ]
            + codes(
                "7.7", "a code that is allowed", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
            ) {
                .answers($0)
            }
            + codes("7.9", "a code that is not allowed", [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]) { _ in .fails(1002) }
            + codes("7.13", "a code beyond those of RFC 6455", [5000, 65535]) { _ in .fails(1002) }
    }()

    static func codes(_ group: String, _ title: String, _ codes: [UInt16], _ end: (UInt16) -> End) -> [WebSocketCase] {
        codes.enumerated().map { index, code in
            WebSocketCase("\(group).\(index + 1)", "\(title): \(code)", [.send([.close(code)], .together)], end(code))
        }
    }
}
