import CLinux
import Glibc
import Synchronization

/// A child process with one owner. It never outlives us: the kernel ends it when our process ends, even by SIGKILL, and the
/// last reference to this object ends it as well.
///
/// It gets a process group of its own (a Ctrl-C on the terminal is ours to pass on), default signal actions, and no descriptor but
/// its three standard streams. Started through `setpriv` of util-linux, which sets the parent-death signal and the user.
public final class ChildProcess: Sendable {
    /// The process id, also the id of its process group. Reserved until the end has been seen by `wait` or `isRunning`.
    public let pid: Int32
    /// Our end of the child's standard streams where a pipe was asked for. Closed with this object; the first also by
    /// `closeStandardInput`. To be used by one thread at a time.
    public let standardOutput: Int32?
    public let standardError: Int32?
    private let pidDescriptor: Int32
    private let input: Mutex<Int32?>
    private let status = Mutex<TerminationStatus?>(nil)

    /// Starts `command`. Throws the `SystemError` that kept it from starting: ENOENT when the program is not there.
    public init(_ command: ChildCommand) throws(SystemError) {
        guard let launcher = ProcessLauncher.shared else { throw SystemError(code: EAGAIN, call: "launcher thread") }
        let plan = try SpawnPlan(command)
        defer { plan.closeChildEnds() }
        let spawned = try launcher.perform { plan.spawn() }
        guard case .success(let pid) = spawned else {
            plan.closeOurEnds()
            throw SystemError(code: spawned.failureCode, call: "posix_spawn \(command.executable)")
        }
        let descriptor = pidfd_open(pid, 0)
        guard descriptor >= 0 else {
            let error = SystemError.last("pidfd_open")
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            plan.closeOurEnds()
            throw error
        }
        self.pid = pid
        pidDescriptor = descriptor
        input = Mutex(plan.input.ours)
        standardOutput = plan.output.ours
        standardError = plan.error.ours
    }

    deinit {
        if isRunning {
            signal(SIGKILL)
            wait()
        }
        closeStandardInput()
        for case let descriptor? in [standardOutput, standardError, pidDescriptor] { close(descriptor) }
    }

    /// Our end of the child's standard input, nil when none was asked for or it has been closed.
    public var standardInput: Int32? { input.withLock { $0 } }

    /// Tells the child that nothing more will come. Callable any number of times.
    public func closeStandardInput() {
        input.withLock {
            if let descriptor = $0 { close(descriptor) }
            $0 = nil
        }
    }

    /// Whether it has not ended yet. A stopped process runs in this sense.
    public var isRunning: Bool { wait(timeoutMilliseconds: 0) == nil }

    /// Sends a signal to the process. Does nothing once it has ended: the descriptor names the process, never a later one that got
    /// its number.
    public func signal(_ number: Int32) {
        _ = pidfd_send_signal(pidDescriptor, number, nil, 0)
    }

    /// Waits until the process has ended, at most that long; a negative number waits for ever. Returns how it ended, or nil when it
    /// is still running. Callable from any thread and any number of times.
    @discardableResult
    public func wait(timeoutMilliseconds: Int64 = -1) -> TerminationStatus? {
        if let known = status.withLock({ $0 }) { return known }
        guard let found = try? waitReadable([PollTarget(pidDescriptor)], timeoutMilliseconds: timeoutMilliseconds),
            !found[0].isEmpty
        else { return nil }
        return status.withLock { status in
            if let status { return status }
            var word: Int32 = 0
            guard waitpid(pid, &word, WNOHANG) == pid else { return nil }
            status = TerminationStatus(waitStatus: word)
            return status
        }
    }

    /// Asks the process to end by SIGTERM (or the signal given), and makes it end by SIGKILL when it has not within the grace.
    @discardableResult
    public func terminate(graceMilliseconds: Int64, signal number: Int32? = nil) -> TerminationStatus? {
        signal(number ?? SIGTERM)
        // A stopped process would only look at the signal once it is continued.
        signal(SIGCONT)
        if let status = wait(timeoutMilliseconds: graceMilliseconds) { return status }
        signal(SIGKILL)
        return wait()
    }
}
