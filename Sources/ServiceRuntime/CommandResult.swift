import Glibc

/// What a command that was run to its end left: how it ended, and all it wrote.
public struct CommandResult: Sendable {
    public let status: TerminationStatus
    /// Standard output, and standard error.
    public let output: String
    public let errors: String

    /// Runs `command` to its end and collects what it writes; its output and error streams become pipes. A command that takes longer
    /// than `timeoutMilliseconds` is killed and ends with that signal.
    ///
    /// Throws the `SystemError` that kept it from starting. A non-zero exit is a result, not an error.
    public static func of(_ command: ChildCommand, timeoutMilliseconds: Int64 = 60_000) throws(SystemError) -> CommandResult {
        var command = command
        command.standardOutput = .pipe
        command.standardError = .pipe
        let child = try ChildProcess(command)
        let deadline = MonotonicTime.now() + timeoutMilliseconds * 1_000_000
        var open = [child.standardOutput ?? -1, child.standardError ?? -1]
        var collected: [[UInt8]] = [[], []]
        while open.contains(where: { $0 >= 0 }) {
            let remaining = max(0, (deadline - MonotonicTime.now()) / 1_000_000)
            let found = try waitReadable(open.map { PollTarget($0) }, timeoutMilliseconds: remaining)
            if found.allSatisfy(\.isEmpty) {
                // Whoever inherited the pipes may hold them open after the kill, so the ends of the streams are not waited for.
                child.signal(SIGKILL)
                break
            }
            for index in open.indices where !found[index].isEmpty {
                if !append(from: open[index], to: &collected[index]) { open[index] = -1 }
            }
        }
        let left = max(0, (deadline - MonotonicTime.now()) / 1_000_000)
        let status = child.wait(timeoutMilliseconds: left) ?? child.terminate(graceMilliseconds: 0) ?? .signaled(SIGKILL)
        return CommandResult(
            status: status, output: String(decoding: collected[0], as: UTF8.self),
            errors: String(decoding: collected[1], as: UTF8.self))
    }

    /// Reads what is there; false at the end of the stream.
    private static func append(from descriptor: Int32, to bytes: inout [UInt8]) -> Bool {
        var chunk = [UInt8](repeating: 0, count: 16_384)
        let count = read(descriptor, &chunk, chunk.count)
        guard count > 0 else { return count < 0 && errno == EINTR }
        bytes += chunk.prefix(count)
        return true
    }
}
