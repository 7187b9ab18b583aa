/// How a command ended, as the process's exit status.
public enum ExitCode: Int32, Sendable {
    /// Everything asked for was done.
    case done = 0
    /// Something went wrong on the way.
    case failed = 1
    /// The command line was not understood; nothing was done.
    case usage = 2
    /// The check itself worked and found something wrong.
    case checkedAndWrong = 3
}
