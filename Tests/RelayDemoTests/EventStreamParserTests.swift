import RelayDemo
import Testing

@Suite struct `Event stream parser` {
    private typealias Message = EventStreamParser.Message

    private static let stream =
        "retry: 1000\n\n: ping\n\nevent: connected\nid: 1.a\ndata: {\"connection\":\"x\"}\n\n"
        + "id: 1.b\ndata: {\"a\":1}\n\nid:1.c\r\ndata:one\r\ndata: two\r\n\r\nevent: empty\n\ndata: not yet\n"

    private static let messages = [
        Message(name: "connected", id: "1.a", data: Array("{\"connection\":\"x\"}".utf8)),
        Message(id: "1.b", data: Array("{\"a\":1}".utf8)), Message(id: "1.c", data: Array("one\ntwo".utf8)),
    ]

    @Test(arguments: [1, 2, 3, 7, 1000]) func `finds the same messages however the bytes are cut`(size: Int) {
        var parser = EventStreamParser()
        var found: [Message] = []
        var rest = Array(Self.stream.utf8)[...]
        while !rest.isEmpty {
            found += parser.add(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        #expect(found == Self.messages)
    }
}
