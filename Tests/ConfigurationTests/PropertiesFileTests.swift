import Configuration
import Testing

/// The file's syntax, seen through a setting that takes any text.
struct PropertiesFileTests {
    @Test(arguments: [
        ("postgres.password=secret", "secret"),
        ("postgres.password: secret", "secret"),
        ("postgres.password secret", "secret"),
        ("  postgres.password \t=\t secret", "secret"),
        ("postgres.password = a = b : c", "a = b : c"),
        ("postgres.password=a#b!c", "a#b!c"),
        ("# postgres.password=x\n! note\n\n   # more\npostgres.password=y", "y"),
        ("postgres.password=one\\\n   two\\\n\tthree", "onetwothree"),
        ("postgres.password=one\\\\\n# two", "one\\"),
        ("postgres.password=one\\\n# two", "one# two"),
        ("postgres.password=one\\", "one"),
        ("postgres.pass\\\n  word=one", "one"),
        ("postgres\\.password=dot", "dot"),
        ("postgres.password=\\t\\n\\r\\f\\x\\=\\:\\\\", "\t\n\r\u{C}x=:\\"),
        ("postgres.password=\\u00e9\\uD83D\\uDE00\\u0041", "é😀A"),
        ("postgres.password=é😀", "é😀"),
        ("postgres.password=two  \t", "two"),
        ("postgres.password=two\\ \\  ", "two  "),
        ("postgres.password=a\\\\  ", "a\\"),
        ("\u{FEFF}postgres.password=bom", "bom"),
        ("mode=cdc\r\npostgres.password=crlf\r\n", "crlf"),
        ("mode=cdc\rpostgres.password=cr", "cr"),
    ])
    func `values are read as Java reads them`(text: String, value: String) throws {
        #expect(try load(text).postgres.password == value)
    }

    @Test(arguments: [
        ("mode=cdc\nslot.name", "f:2: the line has no value: write key=value, or key= for an empty value"),
        ("=x", "f:1: the key before the separator is empty"),
        ("slot.name=\\u12", "f:1: \\u needs four hexadecimal digits"),
        ("slot.name=\\u12g4", "f:1: \\u needs four hexadecimal digits"),
        ("slot.name=\\uD83D", "f:1: a \\u escape is half of a surrogate pair"),
        ("slot.name=\\uD83D\\u0041", "f:1: a \\u escape is half of a surrogate pair"),
        ("slot.name=\\uDC00", "f:1: a \\u escape is half of a surrogate pair"),
        ("slot.name=a\nmode=cdc\nslot.name=b", "f:3: slot.name: is set twice (also at F:1) (allowed: one of the two)"),
        ("mode\\\n=x", "f:1: mode: \"x\" is not known (allowed: auto, cdc, polling)"),
    ])
    func `a broken line is named`(text: String, problem: String) throws {
        // The place of the other line keeps the temporary path.
        let found = try problems(text).map { $0.replacing(/at \S+:1\)/, with: "at F:1)") }
        #expect(found == [problem])
    }

    @Test func `a file that cannot be read is named`() throws {
        let missing = #expect(throws: ConfigurationError.self) {
            try SettingsLoader.load(file: "/nonexistent/relay.properties", environment: [:], envFile: "/nonexistent/.env")
        }
        #expect(
            missing?.problems.map(\.description) == [
                "/nonexistent/relay.properties: the file cannot be read: No such file or directory",
                "/nonexistent/.env: the file cannot be read: No such file or directory",
            ])
        let latin = try TemporaryFile(bytes: Array("mode=".utf8) + [0xE9])
        let error = #expect(throws: ConfigurationError.self) { try SettingsLoader.load(file: latin.path, environment: [:]) }
        #expect(error?.problems.map(\.message) == ["the file is not UTF-8 text"])
        let huge = try TemporaryFile(bytes: [UInt8](repeating: 0x20, count: (1 << 20) + 1))
        let tooLarge = #expect(throws: ConfigurationError.self) { try SettingsLoader.load(file: huge.path, environment: [:]) }
        #expect(tooLarge?.problems.map(\.message) == ["the file is larger than 1048576 bytes"])
    }
}
