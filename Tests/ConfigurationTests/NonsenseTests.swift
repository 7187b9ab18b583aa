import Configuration
import Testing

/// Whatever is typed or pasted: an error at most, never a trap, never a secret shown.
struct NonsenseTests {
    /// A linear congruential generator (Knuth's MMIX constants): the same nonsense in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 33)
        }
    }

    private static let pieces = [
        "=", ":", " ", "\\", "\n", "\r", "\t", "'", "\"", "$", "{", "}", "#", "!", "%", "%7", "&", "?", "@", "/", "//", "://",
        "[", "]", ".", ",",
        "-", "--set", "--set=", "password", "postgres.dsn", "postgresql", "kafka.", "table", "slot.name", "mode", "export ",
        "OUTBOX_", "MODE",
        "\\u", "D83D", "9", "é", "😀", "\u{0}", "a",
    ]

    private func nonsense(_ generator: inout Generator) -> String {
        (0..<Int.random(in: 0...12, using: &generator)).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
    }

    @Test func `masking keeps the length of every word`() {
        var generator = Generator(state: 1)
        for _ in 0..<4000 {
            let word = nonsense(&generator)
            let masked = SecretArguments.masked([word])
            #expect(masked.count == 1)
            if let replacement = masked.first ?? nil { #expect(replacement.utf8.count == word.utf8.count, "\(word)") }
        }
    }

    @Test func `a password is masked whatever stands around it`() {
        var generator = Generator(state: 2)
        for _ in 0..<1000 {
            let junk = nonsense(&generator).filter { !"@/?:&='\\\" \n\r\t".contains($0) }
            let words = [
                "postgres.dsn=postgresql://u:hunter2\(junk)@h\(junk)/d",
                "--set=postgres.dsn=host=h\(junk) password=hunter2\(junk)",
                "kafka.sasl.password=\(junk)hunter2",
            ]
            for masked in SecretArguments.masked(words) { #expect(masked?.contains("hunter2") == false) }
        }
    }

    @Test func `files and arguments of nonsense are refused or read, and values of secrets never come back`() throws {
        var generator = Generator(state: 3)
        for _ in 0..<100 {
            let file = (0..<8).map { _ in nonsense(&generator) }.joined(separator: "\n")
            let overrides = [
                (nonsense(&generator), "x"), ("table", nonsense(&generator)), ("topic.pattern", nonsense(&generator)),
            ]
            do {
                _ = try load(
                    file, environment: ["OUTBOX_" + nonsense(&generator): "x"],
                    overrides: overrides + [
                        ("http.listen", nonsense(&generator)), ("postgres.dsn", "hunter2" + nonsense(&generator)),
                    ],
                    envFile: file)
            } catch let error as ConfigurationError {
                #expect(!error.problems.isEmpty)
                #expect(!error.description.contains("hunter2"))
            }
        }
    }
}
