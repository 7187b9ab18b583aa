import Configuration
import Foundation
import Testing

/// README's sections on consumers and docs/consumers.md say what the code says.
struct ConsumerDocumentationTests {
    private let readme: String
    private let manual: String

    init() throws {
        readme = try Project.text("README.md")
        manual = try Project.text("docs/consumers.md")
    }

    @Test func `the README's example is the one that is compiled and run, to the letter`() throws {
        let section = try #require(readme.between("### Writing a consumer", "\n## "))
        let shown = try #require(section.between("```swift\n", "```\n"))
        #expect(shown == (try Project.text("Tests/IntegrationTests/Consumers/ExampleConsumer.swift")))
    }

    @Test(.enabled(if: Project.built("outbox-consumer") != nil, "the program was not built"))
    func `the README's table of consumers is what the program lists`() throws {
        let program = try #require(Project.built("outbox-consumer"))
        let url = "data.platform.url=http://127.0.0.1:1/"
        let (status, output) = try Project.run(program, ["list", "--json", "--set", url])
        #expect(status == 0, "\(output)")
        struct Listing: Decodable {
            struct Consumer: Decodable {
                let name: String
                let topics: [String]
                let eventTypes: [String]
                let rebuildTables: [String]
                let parking: String
                let repeatable: Bool
            }
            let consumers: [Consumer]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let consumers = try decoder.decode(Listing.self, from: Data(output.utf8)).consumers
        #expect(consumers.count == 9)
        let table = try #require(readme.between("<!-- consumers -->", "<!-- /consumers -->"))
        #expect(Set(table.matches("^\\| `([a-z-]+)`")) == Set(consumers.map(\.name)))
        for consumer in consumers {
            let row = try #require(table.matches("^(\\| `\(consumer.name)` .*)$").first)
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 5, "\(row)")
            #expect(Set(cells[1].matches("`([a-z.]+)`")) == Set(consumer.topics), "\(row)")
            #expect(Set(cells[2].matches("([A-Z_]{4,})")) == Set(consumer.eventTypes), "\(row)")
            #expect(cells[4].contains("rebuild") == !consumer.rebuildTables.isEmpty, "\(row)")
            #expect(cells[4].contains("again") == consumer.repeatable, "\(row)")
            #expect(cells[4].contains("waits") == (consumer.parking == "wait"), "\(row)")
        }
    }

    @Test func `every metric of the consumers is explained, with what to do`() throws {
        let documented = Set(readme.matches(#"^\| `(outbox_consumer_[a-z_]+)"#))
        let explained = Set(manual.matches(#"^\| `(outbox_consumer_[a-z_]+)[`{]"#))
        #expect(documented.count > 15)
        #expect(explained == documented)
    }

    @Test func `every header of a dead letter, error class, finding and state is explained`() throws {
        let headers = try Project.text("Sources/ConsumerKit/DeadLetters/DeadLetterHeader.swift")
            .matches(#"case [A-Za-z]+ = "([a-z_]+)""#)
        #expect(headers.count > 10)
        for header in headers { #expect(manual.contains("`\(header)`"), "\(header)") }
        for kind in ["bad_data", "rejected", "unknown", "followed"] { #expect(manual.contains("| `\(kind)` |"), "\(kind)") }
        let findings = try Project.text("Sources/ConsumerKit/Running/ConsumerMetrics.swift").matches(
            #"case \.[A-Za-z]+: "([a-z_]+)"$"#)
        #expect(findings.count == 4)
        for finding in findings { #expect(manual.contains("| `\(finding)` |"), "\(finding)") }
        let states = try #require(
            try Project.text("Sources/ConsumerKit/Running/ConsumerState.swift").between("{", "\n}"))
        for state in states.matches("^    case ([a-z]+)$") { #expect(manual.contains("| `\(state)` |"), "\(state)") }
    }

    @Test func `every file, setting and table that the manual names exists`() throws {
        for path in manual.matches(#"\]\(([^):#]+)(?:#[a-z-]*)?\)"#) { #expect(Project.exists("docs/\(path)"), "\(path)") }
        for path in manual.matches("`((?:sql|deploy|docs|Tests|Sources)/[A-Za-z0-9_./+-]+)`") {
            #expect(Project.exists(path), "\(path)")
        }
        let settings = SettingsReference.consumer.all.map(\.key)
        let named = Set(
            manual.matches("`((?:batch|queue|retry|flood|breaker|inbox|drain|group|statement|dependency)\\.[a-z.]+)[`=]"))
        #expect(named.count >= 10)
        #expect(named.subtracting(settings) == [])
        let sql = try Project.files("sql/consumers", ending: ".up.sql").map { try Project.text($0) }.joined()
        for table in Set(manual.matches("`(consumer_[a-z]+|processed_[a-z]+)`")) {
            #expect(sql.contains("CREATE TABLE \(table) ("), "\(table)")
        }
    }

    @Test(.enabled(if: Project.built("outbox-consumer") != nil, "the program was not built"))
    func `every command line that README and manual show exists, with its options`() throws {
        let program = try #require(Project.built("outbox-consumer"))
        let lines = (readme + manual).matches("^(outbox-consumer .*)$")
        #expect(lines.count >= 10)
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            let command = Array(words.dropFirst().prefix(["dlq", "migrate"].contains(words[1]) ? 2 : 1))
            let (status, help) = try Project.run(program, command + ["--help"])
            #expect(status == 0, "\(line): \(help)")
            for option in words where option.hasPrefix("--") { #expect(help.contains("\(option) "), "\(line): \(option)") }
        }
    }
}
