import PostgresClient
import Testing

struct QuotingTests {
    @Test(arguments: [
        ("plain", #""plain""#), ("Camel Case", #""Camel Case""#), ("", #""""#), (#"we"ird"#, #""we""ird""#), (#""""#, #""""""""#),
        ("semi;--colon", #""semi;--colon""#), ("größe", #""größe""#), (#"back\slash"#, #""back\slash""#), ("it's", #""it's""#),
    ]) func `an identifier means exactly its name`(name: String, quoted: String) {
        #expect(quotedIdentifier(name) == quoted)
    }

    @Test(arguments: [
        ("plain", "'plain'"), ("", "''"), ("it's", "'it''s'"), ("''", "''''''"), (#"a"b"#, #"'a"b'"#), (#"a\b"#, #" E'a\\b'"#),
        (#"\'"#, #" E'\\'''"#), ("x'; DROP TABLE t; --", "'x''; DROP TABLE t; --'"), ("é\n", "'é\n'"),
    ]) func `a literal means exactly its text, whatever standard_conforming_strings is`(text: String, quoted: String) {
        #expect(quotedLiteral(text) == quoted)
    }

    /// A quote followed by a combining mark is one Character to Swift and two to PostgreSQL.
    @Test(arguments: ["'", "\"", "\\"], ["\u{301}", "\u{200D}", "\u{FE0F}"])
    func `a quote is doubled also when something combines with it`(quote: String, mark: String) {
        let text = "a" + quote + mark + "; DROP TABLE t; --"
        for quoted in [quotedIdentifier(text), quotedLiteral(text)] {
            let delimiter: Unicode.Scalar = quoted.hasSuffix("\"") ? "\"" : "'"
            let inner = quoted.unicodeScalars.drop { $0 != delimiter }.dropFirst().dropLast()
            // Outside of doubled pairs the delimiter must not appear, or the text would end there.
            var run = 0
            for scalar in inner + ["."] {
                if scalar == delimiter {
                    run += 1
                    continue
                }
                #expect(run % 2 == 0, "\(quoted)")
                run = 0
            }
        }
    }

    @Test func `a table is quoted part by part`() {
        let table = QualifiedName(schema: "My Schema", name: #"we"ird.Table"#)
        #expect(table.quoted == #""My Schema"."we""ird.Table""#)
        #expect(table.description == #"My Schema.we"ird.Table"#)
    }

    @Test(arguments: [("", ""), ("a\0b\0", "ab"), ("\0\u{301}e", "\u{301}e"), ("größe", "größe")])
    func `a text for the server holds no NUL`(text: String, kept: String) {
        #expect(Array(text.withoutNUL.unicodeScalars) == Array(kept.unicodeScalars))
    }
}
