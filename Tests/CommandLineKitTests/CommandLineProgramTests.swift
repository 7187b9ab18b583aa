import CommandLineKit
import Synchronization
import Testing

struct CommandLineProgramTests {
    /// What the program wrote to its two outputs.
    private final class Recorder: Sendable {
        let output = Mutex("")
        let errors = Mutex("")
    }

    private func run(_ line: String) -> (code: ExitCode, output: String, errors: String) {
        let recorder = Recorder()
        let program = CommandLineProgram(
            SampleTree.root, version: "1.2.3",
            exitCode: { $0 is SampleTree.Broken ? .checkedAndWrong : .failed },
            output: { text in recorder.output.withLock { $0 += text } },
            errorOutput: { text in recorder.errors.withLock { $0 += text } })
        let code = program.run(line.split(separator: " ").map(String.init))
        return (code, recorder.output.withLock { $0 }, recorder.errors.withLock { $0 })
    }

    @Test(arguments: [
        ("run", ExitCode.done, "", ""),
        ("slot list", .checkedAndWrong, "", ""),
        ("--version", .done, "relay 1.2.3\n", ""),
        ("slot drop x", .checkedAndWrong, "", "relay: the slot is in use\n"),
        ("slot lits", .usage, "", "relay: unknown command 'lits'; did you mean list?\nSee 'relay slot --help'.\n"),
        ("where x --config 77", .usage, "", "relay: --config needs a whole number from 1 to 9\nSee 'relay where --help'.\n"),
    ])
    func `outcomes become exit codes and output`(line: String, code: ExitCode, output: String, errors: String) {
        let result = run(line)
        #expect(result.code == code)
        #expect(result.output == output)
        #expect(result.errors == errors)
    }

    @Test func `the help page of a command shows everything about it`() {
        let page = run("slot drop --help")
        #expect(page.code == .done)
        #expect(
            page.output == """
                Drops a slot.

                Usage: relay slot drop [options] <NAME> [WHY]

                The position is gone with it.

                Arguments:
                  <NAME>  The slot.
                  [WHY]   Why.

                Options:
                  -y, --yes  Does not ask.

                General options:
                  -c, --config <FILE>    The configuration file.
                      --set <KEY=VALUE>  Overrides one setting. (may be repeated)
                      --json             Prints JSON.
                  -h, --help             Show this page.

                Example:
                  relay slot drop outbox_relay --yes

                """)
    }

    @Test func `help wraps at the width and names choices and defaults`() {
        let command = Command(
            "x", summary: "S.",
            options: [
                OptionSpec("mode", value: "MODE", help: "How events are read from the table.", choices: ["a", "b"], default: "a")
            ])
        let page = HelpText.render(command, path: ["r", "x"], width: 50)
        #expect(
            page.contains(
                """
                      --mode <MODE>  How events are read from the
                                     table. (one of a, b; default
                                     a)
                """))
    }
}
