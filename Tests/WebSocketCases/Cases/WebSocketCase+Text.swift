extension WebSocketCase {
    /// 6: UTF-8. From 6.5 on the sequences of Markus Kuhn's stress test for decoders, each as a message in one frame.
    static let text: [WebSocketCase] =
        messages
        + UTF8Sequences.groups.enumerated().flatMap { group, sequences in
            sequences.items.enumerated().map { index, item in
                WebSocketCase(
                    "6.\(group + 5).\(index + 1)", sequences.title,
                    [.send([WireFrame(1, item.bytes)], .together)] + (item.isValid ? [.expect(.text(item.bytes))] : []),
                    item.isValid ? .weClose : .fails(1007))
            }
        }

    private static let messages: [WebSocketCase] = {
        let mixed = Array("Hello-µ@ßöäüàá-UTF-8!!".utf8)
        let greek = UTF8Sequences.greek
        let broken = greek + [0xED, 0xA0, 0x80] + Array("edited".utf8)
        let begin: [UInt8] = greek
        let beyond: [UInt8] = [0xF4, 0x90, 0x80, 0x80]
        return [
            WebSocketCase("6.1.1", "empty text", [.send([.text("")], .together), .expect(.text([]))]),
            WebSocketCase(
                "6.1.2", "three empty fragments",
                [
                    .send(
                        [.text("", isFinal: false), .continuation("", isFinal: false), .continuation("", isFinal: true)],
                        .together),
                    .expect(.text([])),
                ]),
            WebSocketCase(
                "6.1.3", "an empty fragment, one that is not, an empty one",
                [
                    .send(
                        [.text("", isFinal: false), .continuation("middle", isFinal: false), .continuation("", isFinal: true)],
                        .together),
                    .expect(.text(Array("middle".utf8))),
                ]),
            WebSocketCase("6.2.1", "text beyond ASCII", [.send([WireFrame(1, mixed)], .together), .expect(.text(mixed))]),
            WebSocketCase(
                "6.2.2", "text beyond ASCII in two fragments, cut between code points",
                [
                    .send([.text("Hello-µ@ßöä", isFinal: false), .continuation("üàá-UTF-8!!", isFinal: true)], .together),
                    .expect(.text(mixed)),
                ]),
            WebSocketCase(
                "6.2.3", "text beyond ASCII in fragments of one byte",
                [.send(WireFrame.fragmented(1, mixed, size: 1), .together), .expect(.text(mixed))]),
            WebSocketCase(
                "6.2.4", "greek text in fragments of one byte",
                [.send(WireFrame.fragmented(1, greek, size: 1), .together), .expect(.text(greek))]),
            WebSocketCase("6.3.1", "text with a surrogate", [.send([WireFrame(1, broken)], .together)], .fails(1007)),
            WebSocketCase(
                "6.3.2", "text with a surrogate in fragments of one byte",
                [.send(WireFrame.fragmented(1, broken, size: 1), .together)], .fails(1007)),
            failFast("6.4.1", "wrong in the second of three fragments", begin, beyond, inFragments: true),
            failFast("6.4.2", "wrong at the last byte of the second fragment", begin + [0xF4], [0x90], inFragments: true),
            failFast("6.4.3", "wrong in the second piece of a frame", begin, beyond, inFragments: false),
            failFast("6.4.4", "wrong at the last byte of a frame's second piece", begin + [0xF4], [0x90], inFragments: false),
        ]
    }()

    /// The third part is never sent: the second alone has to be refused. That the first was not is shown by a pong, where a ping
    /// can be sent: between fragments.
    private static func failFast(
        _ id: String, _ title: String, _ first: [UInt8], _ second: [UInt8], inFragments: Bool
    ) -> WebSocketCase {
        guard inFragments else {
            let said = UInt64(first.count + second.count + 6)
            return WebSocketCase(
                id, title, [.send([WireFrame(1, first + second, saidLength: said)], .pieces(6 + first.count))], .fails(1007))
        }
        return WebSocketCase(
            id, title,
            [
                .send([WireFrame(1, first, isFinal: false), .ping("still open")], .together),
                .expect(.pong(Array("still open".utf8))),
                .send([WireFrame(0, second, isFinal: false)], .together),
            ], .fails(1007))
    }
}
