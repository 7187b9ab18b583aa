import CommandLineKit
import Testing

struct ArgumentParserTests {
    private func parsed(_ line: String) throws -> ParsedArguments? {
        let words = line.split(separator: " ").map(String.init)
        guard case .run(_, let arguments) = try ArgumentParser(SampleTree.root).parse(words) else { return nil }
        return arguments
    }

    @Test(
        arguments: [
            "run --config a.properties", "--config a.properties run", "run --config=a.properties", "run -c a.properties",
            "run -ca.properties", "run -c=a.properties",
        ])
    func `options are read before and after the command, with a blank and with an equals sign`(line: String) throws {
        let arguments = try #require(try parsed(line))
        #expect(arguments.path == ["relay", "run"])
        #expect(arguments.option("config") == "a.properties")
        #expect(arguments.option("mode") == "cdc")
        #expect(!arguments.flag("json"))
    }

    @Test func `repeated options keep their order`() throws {
        let arguments = try #require(try parsed("run --set a=b --json --set=c=d=e"))
        #expect(arguments.values("set") == ["a=b", "c=d=e"])
        #expect(arguments.flag("json"))
    }

    @Test func `an argument of any count may be missing`() throws {
        let root = Command(
            "relay", summary: "", arguments: [ArgumentSpec("LETTER", help: "", count: .any)], run: { _ in .done })
        for words in [[], ["a"], ["a", "b"]] {
            guard case .run(_, let arguments) = try ArgumentParser(root).parse(words) else { continue }
            #expect(arguments.arguments("LETTER") == words)
        }
        #expect(ArgumentSpec("LETTER", help: "", count: .any).count == .any)
    }

    @Test func `arguments are shared out by their counts`() throws {
        #expect(try parsed("slot drop one")?.argument("WHY") == nil)
        let both = try #require(try parsed("slot drop one -y two"))
        #expect(both.argument("NAME") == "one")
        #expect(both.argument("WHY") == "two")
        #expect(both.flag("yes"))
        #expect(try parsed("where a b c")?.arguments("EVENT_ID") == ["a", "b", "c"])
    }

    @Test func `after two dashes everything is an argument`() throws {
        #expect(try parsed("where -- --json -- x")?.arguments("EVENT_ID") == ["--json", "--", "x"])
        #expect(try parsed("where -")?.arguments("EVENT_ID") == ["-"])
        #expect(try parsed("run -c -5")?.option("config") == "-5")
    }

    @Test(arguments: [
        ("runn", "unknown command 'runn'; did you mean run?"),
        ("slot lits", "unknown command 'lits'; did you mean list?"),
        ("xyzzy", "unknown command 'xyzzy'"),
        ("run --confg x", "unknown option '--confg'; did you mean --config?"),
        ("run --confg=secret", "unknown option '--confg'; did you mean --config?"),
        ("run -z", "unknown option '-z'"),
        ("run --yes", "unknown option '--yes'"),
        ("run --config", "--config needs a value: --config FILE"),
        ("run --config --json", "--config needs a value: --config FILE"),
        ("run --config a --config b", "--config is given twice"),
        ("run --json=yes", "--json takes no value"),
        ("run --mode cdcc", "--mode must be one of cdc, polling; did you mean cdc?"),
        ("run kafka.sasl.password=hunter2", "unexpected argument 'kafka.sasl.password…'"),
        ("run postgres://u:hunter2@h/db", "unexpected argument 'postgres…'"),
        ("slot drop", "<NAME> is missing"),
        ("where", "<EVENT_ID>... is missing"),
        ("slot", "relay slot needs a command: list, drop"),
        ("", "relay needs a command: run, slot, where"),
    ])
    func `mistakes are named with what was probably meant`(line: String, message: String) throws {
        let error = try #require(throws: UsageError.self) { try parsed(line) }
        #expect(error.message == message)
    }

    @Test(arguments: [
        ("--help", ["relay"]), ("-h", ["relay"]), ("help", ["relay"]), ("slot --help", ["relay", "slot"]),
        ("help slot drop", ["relay", "slot", "drop"]), ("slot drop --nonsense --help", ["relay", "slot", "drop"]),
        ("--help slot list", ["relay", "slot", "list"]),
        ("slot drop a b c --help", ["relay", "slot", "drop"]), ("help nonsense", ["relay"]),
    ])
    func `help is found anywhere`(line: String, path: [String]) throws {
        let words = line.split(separator: " ").map(String.init)
        guard case .help(_, let found, _) = try ArgumentParser(SampleTree.root).parse(words) else {
            Issue.record("no help")
            return
        }
        #expect(found == path)
    }

    @Test func `numbers are checked against their range`() throws {
        let arguments = ParsedArguments(path: ["relay"], options: ["n": ["12"], "x": ["many"], "rate": ["1.5"]])
        #expect(try arguments.integer("n", in: 1...12) == 12)
        #expect(try arguments.integer("absent", in: 1...12) == nil)
        #expect(try arguments.decimal("rate", in: 0...2) == 1.5)
        #expect(throws: UsageError("--n needs a whole number from 1 to 11", path: ["relay"])) {
            try arguments.integer("n", in: 1...11)
        }
        #expect(throws: UsageError.self) { try arguments.integer("x", in: 1...11) }
        #expect(throws: UsageError.self) { try arguments.decimal("x", in: 0...2) }
    }
}
