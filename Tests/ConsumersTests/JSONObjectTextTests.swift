import ConsumerKit
import Consumers
import Testing

struct `JSON object text` {
    @Test func `members come as they were added and can be read back`() throws {
        var inner = JSONObjectText()
        inner.add("n", -5)
        var object = JSONObjectText()
        object.add("a", "quote \" backslash \\ line\nbell\u{7} Ünïcode 🎟")
        object.add("list", [inner, inner])
        object.add("empty", [])
        #expect(object.text.hasSuffix(#","list":[{"n":-5},{"n":-5}],"empty":[]}"#))
        let root = try JSONDocument(Array(object.text.utf8)).root
        #expect(try root.string("a") == "quote \" backslash \\ line\nbell\u{7} Ünïcode 🎟")
        #expect(JSONObjectText().text == "{}")
    }
}
