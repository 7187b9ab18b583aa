import CLinux
import Glibc

/// Everything posix_spawn(3) needs, prepared on the caller's thread so that the launcher's thread only spawns.
struct SpawnPlan: Sendable {
    /// The two ends of one standard stream, where it is a pipe.
    struct Ends: Sendable {
        var child: Int32?
        var ours: Int32?
    }

    enum Outcome: Sendable {
        case success(Int32)
        case failure(Int32)

        var failureCode: Int32 {
            if case .failure(let code) = self { code } else { 0 }
        }
    }

    private(set) var input = Ends()
    private(set) var output = Ends()
    private(set) var error = Ends()
    private let command: ChildCommand
    private let arguments: [String]
    private let environment: [String]

    init(_ command: ChildCommand) throws(SystemError) {
        self.command = command
        environment = command.environmentStrings()
        var arguments = ["setpriv", "--pdeathsig", command.parentDeathSignal.rawValue]
        if let user = command.user { arguments += ["--reuid=\(user)", "--regid=\(user)", "--clear-groups"] }
        self.arguments = arguments + ["--", try command.resolvedExecutable()] + command.arguments
        do throws(SystemError) {
            if command.standardInput == .pipe { (input.child, input.ours) = try Self.makePipe() }
            if command.standardOutput == .pipe { (output.ours, output.child) = try Self.makePipe() }
            if command.standardError == .pipe { (error.ours, error.child) = try Self.makePipe() }
        } catch {
            closeOurEnds()
            closeChildEnds()
            throw error
        }
    }

    func closeChildEnds() {
        for case let descriptor? in [input.child, output.child, error.child] { close(descriptor) }
    }

    func closeOurEnds() {
        for case let descriptor? in [input.ours, output.ours, error.ours] { close(descriptor) }
    }

    /// Spawns the process: its id, or the error number.
    func spawn() -> Outcome {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        connect(command.standardInput, input, to: STDIN_FILENO, &actions)
        connect(command.standardOutput, output, to: STDOUT_FILENO, &actions)
        connect(command.standardError, error, to: STDERR_FILENO, &actions)
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1)
        if let folder = command.workingDirectory { posix_spawn_file_actions_addchdir_np(&actions, folder) }

        var defaults = sigset_t()
        sigemptyset(&defaults)
        for signal in 1..<32 where signal != SIGKILL && signal != SIGSTOP { sigaddset(&defaults, Int32(signal)) }
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setsigmask(&attributes, &unblocked)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))

        var pid: Int32 = 0
        let code = Self.withCStrings(arguments) { arguments in
            Self.withCStrings(environment) { posix_spawnp(&pid, "setpriv", &actions, &attributes, arguments, $0) }
        }
        return code == 0 ? .success(pid) : .failure(code)
    }

    private func connect(
        _ stream: ChildCommand.Stream, _ ends: Ends, to descriptor: Int32, _ actions: inout posix_spawn_file_actions_t
    ) {
        let isInput = descriptor == STDIN_FILENO
        switch stream {
        case .inherited: break
        case .null:
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", isInput ? O_RDONLY : O_WRONLY, 0)
        case .file(let path):
            let flags = isInput ? O_RDONLY : O_WRONLY | O_CREAT | O_APPEND
            posix_spawn_file_actions_addopen(&actions, descriptor, path, flags, 0o644)
        case .pipe:
            if let end = ends.child { posix_spawn_file_actions_adddup2(&actions, end, descriptor) }
        case .output:
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, descriptor)
        }
    }

    /// Reading end, writing end, both closed on exec.
    private static func makePipe() throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError.last("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func withCStrings<Value>(
        _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return body(copies)
    }
}
