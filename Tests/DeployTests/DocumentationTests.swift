import Configuration
import Foundation
import Testing

/// README.md and docs/operations.md say what the code says.
struct DocumentationTests {
    private let readme: String
    private let operations: String

    init() throws {
        readme = try Project.text("README.md")
        operations = try Project.text("docs/operations.md")
    }

    /// With OUTBOX_TEST_UPDATE_DOCS=1 the table is written instead of compared.
    @Test(arguments: [("settings", SettingsReference.relay), ("consumer settings", .consumer), ("fan-out settings", .fanout)])
    func `the README's tables of settings are the code's`(name: String, reference: SettingsReference) throws {
        let (start, end) = ("<!-- \(name) -->\n", "<!-- /\(name) -->")
        // Read again: the other table may have been written just now.
        let readme = try Project.text("README.md")
        let shown = try #require(readme.between(start, end))
        let table = reference.markdownTable()
        if shown != table, ProcessInfo.processInfo.environment["OUTBOX_TEST_UPDATE_DOCS"] == "1" {
            let text = readme.replacing(start + shown + end, with: start + table + end)
            try text.write(to: Project.root.appendingPathComponent("README.md"), atomically: false, encoding: .utf8)
        } else {
            #expect(shown == table, "OUTBOX_TEST_UPDATE_DOCS=1 swift test --filter DocumentationTests writes it")
        }
    }

    @Test func `the README names every package that the Makefile installs`() throws {
        let lines = try Project.text("Makefile").matches("^[A-Z]+_PACKAGES *:= (.*)$")
        // Of $(if CONDITION,PACKAGES) only the packages.
        let names = lines.flatMap { $0.replacing("$(if", with: "").matches("(?:^|[ ,])([a-z][a-z0-9.+-]+)") }
        #expect(names.count >= 10)
        for name in names { #expect(readme.contains("`\(name)`"), "\(name)") }
    }

    @Test func `every file that the documents name exists`() throws {
        for path in readme.matches(#"\]\(([^):#]+)(?:#[a-z-]*)?\)"#) { #expect(Project.exists(path), "\(path)") }
        for document in Project.files("docs", ending: ".md") {
            for path in try Project.text(document).matches(#"\]\(([^):#]+)(?:#[a-z-]*)?\)"#) {
                #expect(Project.exists("docs/\(path)"), "\(document): \(path)")
            }
        }
        let paths = readme.matches("`((?:sql|deploy|docs|Tests|Sources)/[A-Za-z0-9_./+-]+)`")
        for path in paths { #expect(Project.exists(path), "\(path)") }
    }

    @Test func `make install installs every program, and every one of them is a product`() throws {
        let recipe = try #require(try Project.text("Makefile").between("\ninstall: ", "\n\n"))
        let products = try Project.text("Package.swift").matches(#"\.executable\(name: "([a-z-]+)""#)
        let installed = Set(recipe.matches("/bin/([a-z-]+)$"))
        // The bench measures where it was built; the demo's broker is no program for people.
        #expect(installed == Set(products).subtracting(["outbox-bench"]).union(["mock-broker"]))
    }

    @Test func `every test that the README names exists`() throws {
        let names = readme.matches("`([A-Za-z]+Tests/[A-Za-z]+Tests)`")
        #expect(names.count >= 20)
        for name in Set(names) { #expect(Project.exists("Tests/\(name).swift"), "\(name)") }
    }

    @Test func `the README's module graph has every module of the package`() throws {
        let graph = try #require(readme.between("## How it is built", "\nOne thread"))
        let package = try Project.text("Package.swift")
        let modules = package.matches(#"module\(\s*"([A-Za-z]+)""#) + package.matches(#"executableTarget\(\s*name: "([a-z-]+)""#)
        #expect(modules.count > 12)
        for module in modules { #expect(graph.contains(module), "\(module)") }
    }

    @Test func `every metric is documented, and every documented metric exists`() throws {
        let files = ["RelayCore", "ConsumerKit", "Consumers"].flatMap { Project.files("Sources/\($0)", ending: ".swift") }
        let code = try files.map { try Project.text($0) }.joined()
        let metrics = Set(code.matches(#""(outbox_[a-z_]+)",\s+help:"#))
        // Those of the fan-out have a test of their own.
        let documented = Set(readme.matches(#"^\| `(outbox_[a-z_]+)"#)).filter { !$0.hasPrefix("outbox_fanout_") }
        #expect(metrics.count > 10)
        #expect(documented == metrics)
    }

    @Test func `every reason of a dead letter and every reason of a new stream is documented`() throws {
        let codes = try Project.text("Sources/OutboxModel/RejectionCode.swift").matches(#"case [A-Za-z]+ = "([a-z_]+)""#)
        #expect(codes.count > 10)
        for code in codes { #expect(operations.contains("| `\(code)` |"), "\(code)") }
        let interruptions = try Project.text("Sources/RelayCore/Operation/RelayInterruption.swift")
        let reasons = interruptions.matches(#"^        case .*: .*"([a-z_]+)"$"#)
        #expect(reasons.count > 5)
        for reason in reasons { #expect(operations.contains("`\(reason)`"), "\(reason)") }
        let headers = try Project.text("Sources/OutboxModel/DeadLetterHeader.swift").matches(#"case [A-Za-z]+ = "([a-z_]+)""#)
        for header in headers { #expect(readme.contains("`\(header)`"), "\(header)") }
    }

    @Test func `every check of start and doctor is documented, and every documented one exists`() throws {
        let files = ["RelayCore", "RelayPolling", "RelayOperations"].flatMap { Project.files("Sources/\($0)", ending: ".swift") }
        let code = try files.map { try Project.text($0) }.joined(separator: "\n")
        let checks = Set(code.matches(#"(?:Finding|finding|explain)\(\s*"([a-z_]+\.[a-z_]+)""#))
        let documented = Set(operations.matches(#"^\| `([a-z_]+\.[a-z_]+)` \|"#))
        #expect(checks.count > 30)
        #expect(checks.subtracting(documented).sorted() == [])
        // Two families of names are put together: server.max_..., table.<privilege>.
        let composed: Set = [
            "server.max_replication_slots", "server.max_wal_senders", "table.select", "table.update", "table.delete",
        ]
        #expect(documented.subtracting(checks).subtracting(composed).filter { !code.contains("\"\($0)\"") }.sorted() == [])
    }

    @Test(.enabled(if: Project.relay != nil, "the program was not built"))
    func `every command of the README's table exists, and every command is in it`() throws {
        let relay = try #require(Project.relay)
        let table = try #require(readme.between("## Commands", "\n### "))
        var documented: Set<String> = []
        for cell in table.matches("^\\| `([a-z |]+)") {
            let words = cell.split(separator: " ").map(String.init)
            guard let first = words.first else { continue }
            documented.insert(first)
            let subcommands = words.dropFirst().filter { $0 != "|" }
            for command in subcommands.isEmpty ? [[first]] : subcommands.map({ [first, $0] }) {
                let (status, output) = try Project.run(relay, command + ["--help"])
                #expect(status == 0, "\(command): \(output)")
            }
        }
        let help = try Project.run(relay, ["--help"]).output
        let existing = try #require(help.between("Commands:", "\n\n")).matches("^  ([a-z]+) ")
        #expect(Set(existing) == documented, "\(help)")
    }

    @Test(.enabled(if: Project.built("outbox-fanout") != nil, "the program was not built"))
    func `every command of the fan-out's table exists, and every command is in it`() throws {
        let program = try #require(Project.built("outbox-fanout"))
        let table = try #require(readme.between("<!-- fan-out commands -->", "<!-- /fan-out commands -->"))
        let documented = Set(table.matches("^\\| outbox-fanout \\| `([a-z]+)"))
        for command in documented {
            let (status, output) = try Project.run(program, [command, "--help"])
            #expect(status == 0, "\(command): \(output)")
        }
        let help = try Project.run(program, ["--help"]).output
        let existing = try #require(help.between("Commands:", "\n\n")).matches("^  ([a-z]+) ")
        #expect(Set(existing) == documented, "\(help)")
    }

    @Test func `every metric of the fan-out is in the README, and every one there exists`() throws {
        let code = try Project.text("Sources/FanoutOperations/Run/FanoutMetrics.swift")
        let existing = Set(code.matches(#""((?:outbox_fanout|sse)_[a-z_]+)""#))
        let documented = Set(readme.matches(#"^\| `((?:outbox_fanout|sse)_[a-z_]+)"#))
        #expect(existing.count > 20 && existing == documented, "\(existing.symmetricDifference(documented).sorted())")
    }

    @Test(.enabled(if: Project.built("outbox-consumer") != nil, "the program was not built"))
    func `every command of the consumers' table exists, and every command is in it`() throws {
        let program = try #require(Project.built("outbox-consumer"))
        let table = try #require(readme.between("<!-- consumer commands -->", "<!-- /consumer commands -->"))
        var documented: Set<String> = []
        for cell in table.matches("^\\| outbox-consumer \\| `([a-z |]+)") {
            let words = cell.split(separator: " ").map(String.init).filter { $0 != "|" }
            guard let first = words.first else { continue }
            documented.insert(first)
            for command in words.count == 1 ? [[first]] : words.dropFirst().map({ [first, $0] }) {
                let (status, output) = try Project.run(program, command + ["--help"])
                #expect(status == 0, "\(command): \(output)")
            }
        }
        let help = try Project.run(program, ["--help"]).output
        let existing = try #require(help.between("Commands:", "\n\n")).matches("^  ([a-z]+) ")
        #expect(Set(existing) == documented, "\(help)")
    }
}
