import Configuration
import Foundation
import Testing

/// What README.md and docs/ say about the fan-out is what the code says.
struct FanoutDocumentationTests {
    private let readme: String
    private let manual: String
    private let operations: String

    init() throws {
        readme = try Project.text("README.md")
        manual = try Project.text("docs/fanout.md")
        operations = try Project.text("docs/operations.md")
    }

    @Test func `every metric is explained, with what to do`() throws {
        let metric = #"(?:outbox_fanout|sse)_[a-z_]+"#
        let documented = Set(readme.matches("^\\| `(\(metric))"))
        let table = try #require(manual.between("## Metrics", "\n## "))
        let explained = Set(
            table.matches("^(\\| `.*)$").flatMap { $0.split(separator: "|")[0].description.matches("`(\(metric))") })
        #expect(documented.count > 20)
        #expect(explained == documented, "\(explained.symmetricDifference(documented).sorted())")
    }

    @Test func `every reason of a reset and every close code is documented`() throws {
        for reason in try words("Sources/Realtime/Recovery/ResetReason.swift") {
            #expect(manual.contains("`\(reason)`"), "\(reason)")
        }
        let codes = try Project.text("Sources/Realtime/Sessions/CloseCode.swift").matches("^    case [A-Za-z]+ = ([0-9]{4})$")
        #expect(codes.count > 10)
        let shown = try #require(manual.between("Close codes: ", "\n\n")).matches("([0-9]{4})")
        #expect(Set(shown) == Set(codes))
    }

    /// The raw values of an enumeration of texts.
    private func words(_ path: String) throws -> [String] {
        let found = try Project.text(path).matches("^    case [A-Za-z]+ = \"([a-z_]+)\"$")
        try #require(found.count > 4)
        return found
    }

    @Test func `every address that clients and administrators can ask is documented`() throws {
        for path in ["Sources/FanoutOperations/Serving/ClientRoutes.swift", "Sources/FanoutOperations/Admin/AdminAPI.swift"] {
            let routes = try Project.text(path).matches(#"router\.(?:get|post|delete|stream)\("([^"]+)""#)
            #expect(routes.count >= 4)
            for route in routes { #expect(manual.contains(" \(route)"), "\(route)") }
        }
    }

    @Test func `every reason for not being ready is in the operations manual`() throws {
        let section = try #require(operations.components(separatedBy: "## outbox-fanout\n").last)
        let service = try Project.text("Sources/FanoutOperations/Run/FanoutService.swift")
        let feed = try Project.text("Sources/FanoutOperations/Feed/KafkaFeed.swift")
        for (text, code) in [
            ("the history is being loaded", service), ("the topic cannot be read", feed), ("the brokers do not answer", feed),
            ("does not exist yet", feed),
        ] {
            #expect(code.contains(text) && section.contains(text), "\(text)")
        }
    }

    @Test func `every file, setting and log line that the manuals name exists`() throws {
        for path in manual.matches("`((?:sql|deploy|docs|Tests|Sources)/[A-Za-z0-9_./+-]+)`") {
            #expect(Project.exists(path), "\(path)")
        }
        let settings = SettingsReference.fanout.all.map(\.key)
        let families = "auth|limit|history|delivery|slow|coalesce|ping|connection|drain|retry|tls|admin|http"
        let section = try #require(operations.components(separatedBy: "## outbox-fanout\n").last)
        let named = Set((manual + section).matches("`((?:\(families))\\.[a-z.]+)[`=]")).subtracting(["admin.token"])
        #expect(named.count >= 15)
        // A text's file is no key of its own.
        let keys = Set(named.map { $0.hasSuffix(".file") ? String($0.dropLast(5)) : $0 })
        #expect(keys.subtracting(settings).sorted() == [])
        let code = try ["HTTPServer", "RealtimeAccess", "FanoutOperations"].flatMap {
            Project.files("Sources/\($0)", ending: ".swift")
        }
        .map { try Project.text($0) }.joined()
        for line in ["TLS certificate read again", "new TLS certificate not usable, the old one stays", "token keys read"] {
            #expect(section.contains("`\(line)`") && code.contains("\"\(line)\""), "\(line)")
        }
    }

    @Test(.enabled(if: Project.built("outbox-fanout") != nil, "the program was not built"))
    func `every command line that README and manual show exists, with its settings`() throws {
        let program = try #require(Project.built("outbox-fanout"))
        let lines = (readme + manual).matches("^(outbox-fanout .*)$")
        #expect(lines.count >= 2)
        let settings = Set(SettingsReference.fanout.all.map(\.key))
        for line in lines {
            let words = line.split(separator: " ").prefix { $0 != "#" }.map(String.init)
            let (status, help) = try Project.run(program, [words[1], "--help"])
            #expect(status == 0, "\(line): \(help)")
            for option in words where option.hasPrefix("--") { #expect(help.contains("\(option) "), "\(line): \(option)") }
            for (option, value) in zip(words, words.dropFirst()) where option == "--set" {
                let key = String(value.prefix { $0 != "=" })
                #expect(settings.contains(key) || key.hasPrefix("kafka."), "\(line): \(key)")
            }
        }
    }
}
