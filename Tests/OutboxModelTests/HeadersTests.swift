import OutboxModel
import Testing

struct HeadersTests {
    private func headers(_ json: String) throws -> [TestMessage.Header] {
        try Array(TestOutcome(.order.with([.headers: json])).message.headers.dropFirst(3))
    }

    @Test(
        arguments: [
            (#"{}"#, []), (#" { } "#, []), (#"null"#, []), (#"{"a":"1"}"#, [("a", "1")]),
            (
                #"{"traceparent": "00-4bf9-00f0-01", "n": -1.5e3, "t": true, "f":false , "z":null}"#,
                [("traceparent", "00-4bf9-00f0-01"), ("n", "-1.5e3"), ("t", "true"), ("f", "false"), ("z", nil)]
            ),
            (
                #"{"o": {"x": [1, {"y": null}]}, "a": [ ], "e": ""}"#,
                [("o", #"{"x": [1, {"y": null}]}"#), ("a", "[ ]"), ("e", "")]
            ),
            (#"{"é\u00e9\n": "\"\\\/\b\f\n\r\t\u0000\u20ac\ud834\udd1e€"}"#, [("éé\n", "\"\\/\u{8}\u{C}\n\r\t\u{0}€𝄞€")]),
            (
                #"{"a\u0062c": "long enough for words \\ and \\\\ more of them, twelve or so \u0041"}"#,
                [("abc", #"long enough for words \ and \\ more of them, twelve or so A"#)]
            ),
            (#"{"event_id": "x", "event_type": {}, "aggregate_type": null, "event_ID": "kept"}"#, [("event_ID", "kept")]),
            (#"{"event\u005fid": "x"}"#, []), (#"{"a":1,"a":2}"#, [("a", "1"), ("a", "2")]),
        ] as [(String, [(String, String?)])])
    func `the column's members become headers`(json: String, expected: [(String, String?)]) throws {
        #expect(try headers(json) == expected.map { TestMessage.Header(name: $0.0, value: $0.1) })
    }

    @Test(arguments: ["[]", "1", "\"a\"", "true", " [{}] "])
    func `other JSON is not an object`(json: String) throws {
        #expect(try TestOutcome(.order.with([.headers: json])).code == .headersNotAnObject)
    }

    @Test(arguments: [
        "", " ", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":}", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{\"a\":1}x", "{\"a\" 1}",
        "{} {}",
        "{,}", "{a:1}", "{\"\":1}", "{\"a\\u0000\":1}", "{\"a\":\"\\ud800\"}", "{\"\\ud800\":1}", "{\"a\":\"\\x\"}", "nul", "[",
        "{\"a\":'1'}",
        "{\"a\":\"\n\"}", "{\"a\":" + String(repeating: "[", count: 600) + String(repeating: "]", count: 600) + "}",
    ])
    func `what is not JSON is invalid`(json: String) throws {
        #expect(try TestOutcome(.order.with([.headers: json])).code == .headersInvalid)
    }

    @Test func `headers count with three bytes more each`() throws {
        let plain = try TestOutcome(.order).message
        let rich = try TestOutcome(.order.with([.headers: #"{"ab": "cde", "z": null}"#])).message
        #expect(rich.encodedSize == plain.encodedSize + 8 + 4)
    }
}
