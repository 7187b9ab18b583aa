import CommandLineKit
import RelayOperations
import Testing

struct JSONReaderTests {
    @Test func `a document is read as it was written`() {
        let document: JSONValue = [
            "a": 1, "b": -2.5, "c": "x\"\\\n\u{1F600}ü", "d": [true, false, nil], "e": [:], "f": [],
        ]
        #expect(JSONReader.read(document.render()) == document)
        #expect(JSONReader.read(document.render(pretty: true)) == document)
    }

    @Test(arguments: [(#""\u0041\u00fc""#, "Aü"), (#""\ud83d\ude00""#, "\u{1F600}"), (#""\b\f\r\t\/""#, "\u{8}\u{C}\r\t/")])
    func `escapes are understood`(text: String, expected: String) {
        #expect(JSONReader.read(text) == .string(expected))
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":}", "nul", "1 2", "\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\x\"",
        "--1",
        "1e999", "{\"a\":1,}", "\"\u{1}\"", "<html>",
    ])
    func `what is no document is refused`(text: String) {
        #expect(JSONReader.read(text) == nil)
    }

    @Test func `deep nesting is refused, not recursed into`() {
        #expect(JSONReader.read(String(repeating: "[", count: 100_000)) == nil)
    }
}
