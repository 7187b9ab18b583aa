public import CommandLineKit

/// What the commands of every program have in common: printing, and asking before something is destroyed.
public enum CommandOutput {
    public static let yes = OptionSpec.flag("yes", short: "y", help: "Do not ask; needed where there is no terminal.")
    public static let dryRun = OptionSpec.flag("dry-run", help: "Show what would be done, and do nothing.")

    /// A group of the document that `--json` prints, for the help.
    public static let changeDocument =
        "With --json: action, object, dry_run, done, statements, notes, and result with its text and what was changed."

    /// Prints what a command found out; exit code 3 when it is not as it should be.
    public static func print(_ report: Report, _ arguments: ParsedArguments) -> ExitCode {
        Terminal.print(arguments.flag("json") ? report.json.render(pretty: true) : report.text)
        return report.isRight ? .done : .checkedAndWrong
    }

    /// Shows the change, asks when it destroys, does it, and prints what came of it.
    public static func carryOut(_ change: PlannedChange, _ arguments: ParsedArguments) throws -> ExitCode {
        let json = arguments.flag("json")
        if arguments.flag("dry-run") {
            Terminal.print(json ? change.json(nil).render(pretty: true) : change.preview)
            return .done
        }
        if change.destroys {
            let assumesYes = arguments.flag("yes")
            Terminal.printError(assumesYes ? (json ? "" : notes(change)) : change.preview)
            guard try confirmed("\(change.sentence)?", assumesYes, arguments) else {
                Terminal.printError("nothing was done\n")
                return .failed
            }
        } else if !json {
            Terminal.printError(notes(change))
        }
        let result = try change.perform()
        Terminal.print(json ? change.json(result).render(pretty: true) : result.text + "\n")
        return result.isFailed ? .failed : .done
    }

    private static func notes(_ change: PlannedChange) -> String { change.notes.map { "note: \($0)\n" }.joined() }

    private static func confirmed(_ question: String, _ assumesYes: Bool, _ arguments: ParsedArguments) throws -> Bool {
        do throws(Confirmation.NeedsYes) { return try Confirmation.ask(question, assumeYes: assumesYes) } catch {
            throw UsageError(error.description, path: arguments.path)
        }
    }
}
