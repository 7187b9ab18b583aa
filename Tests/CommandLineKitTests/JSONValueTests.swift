import CommandLineKit
import Foundation
import Testing

struct JSONValueTests {
    private static let table: [(JSONValue, String)] = [
        (nil, "null"), (true, "true"), (-5, "-5"), (1.5, "1.5"), (.double(.infinity), "null"),
        (.double(1e300), "1e+300"),
        ([], "[]"), ([:], "{}"), (["b": 1, "a": [nil, "x"]], #"{"b":1,"a":[null,"x"]}"#),
        ("\"\\\u{8}\u{1F}\n\r\té\u{2028}😀", "\"\\\"\\\\\\u0008\\u001f\\n\\r\\té\u{2028}😀\""),
        (JSONValue(UInt64.max), "9223372036854775807"), (JSONValue(nil as Int?), "null"), (JSONValue("x" as String?), #""x""#),
        (JSONValue(nil as Double?), "null"), (JSONValue(false as Bool?), "false"), ("n=\(3)", #""n=3""#),
    ]

    @Test(arguments: table)
    func `values are written as JSON`(value: JSONValue, text: String) throws {
        #expect(value.render() == text)
        #expect(throws: Never.self) {
            try JSONSerialization.jsonObject(with: Data(value.render(pretty: true).utf8), options: .fragmentsAllowed)
        }
    }

    @Test func `pretty printing indents and keeps the order`() {
        let value: JSONValue = ["z": ["k": 1], "a": [1, 2], "e": [], "o": [:]]
        #expect(
            value.render(pretty: true) == """
                {
                  "z": {
                    "k": 1
                  },
                  "a": [
                    1,
                    2
                  ],
                  "e": [],
                  "o": {}
                }

                """)
    }
}
