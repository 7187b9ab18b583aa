public import CommandLineKit

/// A live line that is gone before anything else is printed. The command's thread alone uses it.
public final class ProgressLine {
    private var line = LiveLine()

    /// Lends a function that shows a text in the place of the last one.
    public static func with<Value>(_ body: (@escaping (String) -> Void) throws -> Value) rethrows -> Value {
        let progress = ProgressLine()
        defer { progress.line.finish() }
        return try body { progress.line.update($0 + " ...") }
    }

    /// Plans a change and carries it out, with progress for both.
    public static func carryOut(
        _ arguments: ParsedArguments, _ plan: (@escaping (String) -> Void) throws -> PlannedChange
    ) throws -> ExitCode {
        let progress = ProgressLine()
        defer { progress.line.finish() }
        let change = try plan { progress.line.update($0 + " ...") }
        progress.line.finish()
        let quiet = PlannedChange(
            action: change.action, object: change.object, sentence: change.sentence, destroys: change.destroys,
            notes: change.notes, statements: change.statements,
            perform: { () throws(OperationError) in
                defer { progress.line.finish() }
                return try change.perform()
            })
        return try CommandOutput.carryOut(quiet, arguments)
    }
}
