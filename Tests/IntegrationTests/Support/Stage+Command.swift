import Drills
import Foundation
import ServiceRuntime
import TestSupport

/// How an operator's command ended.
struct CommandRun: CustomStringConvertible {
    /// -1 when a signal ended it.
    let exitCode: Int32
    let output: String
    let errors: String

    /// What `--json` printed.
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]) ?? [:] }

    var description: String { "exit code \(exitCode)\n\(output)\(errors)" }
}

extension Stage {
    /// Runs a command of the program with this stage's settings, and these, to its end.
    func command(_ words: String..., settings: [(key: String, value: String)] = []) throws -> CommandRun {
        try run(words, settings: settings)
    }

    /// The same.
    func run(_ words: [String], settings: [(key: String, value: String)] = []) throws -> CommandRun {
        let given = setup.settings.map { ($0.key, $0.value) } + settings.map { ($0.key, $0.value) }
        let result = try CommandResult.of(
            ChildCommand(RelayUnderTest.executable, words + given.flatMap { ["--set", "\($0.0)=\($0.1)"] }))
        var code: Int32 = -1
        if case .exited(let number) = result.status { code = number }
        return CommandRun(exitCode: code, output: result.output, errors: result.errors)
    }
}
