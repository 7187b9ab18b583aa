import JSONReading
import Testing

struct JSONReadingTests {
    private func parse(_ text: String) throws(PayloadError) -> JSONView { try JSONDocument(Array(text.utf8)).root }

    @Test(arguments: [
        ("7", "7"), ("-9223372036854775808", "-9223372036854775808"), ("\"a\"", "\"a\""), ("null", "null"),
        (" [1, true , {\"a\" : null}] ", "[1,true,{\"a\":null}]"), ("\"\\u0000\"", "\"\\u0000\""), ("1.5", "1.5"),
    ])
    func `any value is a document and is written again without blanks`(text: String, expected: String) throws {
        #expect(try parse(text).text == expected)
    }

    @Test(arguments: ["", " ", "{", "[1,]", "{\"a\":1,}", "nul", "\"", "9223372036854775808", "1 2", "\"\u{1}\""])
    func `what is no JSON is refused by name`(text: String) {
        #expect {
            try JSONDocument(Array(text.utf8), what: "the token")
        } throws: {
            "\($0)".hasPrefix("the token is no JSON document (byte ")
        }
    }

    @Test func `wrong bytes in a string are refused`() {
        #expect(throws: PayloadError.self) { try JSONDocument([0x22, 0xff, 0x22]) }
    }

    @Test func `bytes that are not in one piece are read as well`() throws {
        let bytes = Array("{\"a\":".utf8).lazy.map { $0 }
        #expect(throws: PayloadError.self) { try JSONDocument(bytes) }
        #expect(try JSONDocument(Array("[4]".utf8).lazy.map { $0 }).root.asArray?.first?.asInteger == 4)
    }

    @Test func `fields are read by name and type`() throws {
        let root = try parse(#"{"n":4,"s":"x","t":true,"list":[1,2],"none":null,"zero":"a\u0000b"}"#)
        #expect(root.isObject)
        #expect(try root.integer("n") == 4)
        #expect(try root.string("s") == "x")
        #expect(try root.string("zero") == "a\0b")
        #expect(try root.optionalBoolean("t") == true)
        #expect(try root.array("list").map(\.asInteger) == [1, 2])
        #expect(root.member("none") == nil)
        #expect(try root.optionalInteger("none") == nil)
        #expect(try root.optionalString("absent") == nil)
        #expect(root.asInteger == nil && root.asString == nil && root.asBoolean == nil && root.asArray == nil)
        #expect(try parse("3").member("n") == nil)
    }

    @Test func `a field that is missing or of another type is named, its value is not`() throws {
        let root = try parse(#"{"n":"secret"}"#)
        #expect { try root.integer("n") } throws: { "\($0)" == "n is not an integer" }
        #expect { try root.integer("m") } throws: { "\($0)" == "m is missing" }
        #expect { try root.string("m") } throws: { "\($0)" == "m is missing" }
        #expect { try root.optionalBoolean("n") } throws: { "\($0)" == "n is neither true nor false" }
        #expect { try root.array("n") } throws: { "\($0)" == "n is not an array" }
        #expect { try root.array("m") } throws: { "\($0)" == "m is missing" }
    }

    @Test func `a view keeps its document`() throws {
        var view: JSONView? = try parse(#"{"deep":[{"x":"kept"}]}"#).member("deep")?.asArray?.first
        #expect(try view?.string("x") == "kept")
        view = nil
    }
}
