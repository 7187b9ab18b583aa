import ServiceRuntime

extension CommandResult {
    /// Runs a command that has to succeed; throws what it wrote when it does not. `name`: what the error calls it.
    static func ofSuccess(_ command: ChildCommand, name: String) throws(LocalServerError) -> CommandResult {
        let result: CommandResult
        do {
            result = try CommandResult.of(command)
        } catch {
            throw LocalServerError("\(name): \(error)")
        }
        guard result.status.isSuccess else {
            throw LocalServerError("\(name): \(result.status)", log: result.output + result.errors)
        }
        return result
    }
}
