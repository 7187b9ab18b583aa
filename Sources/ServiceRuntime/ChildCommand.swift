import Glibc

/// What to run as a child process, and with what.
public struct ChildCommand: Sendable {
    /// Where one of the child's standard streams goes.
    public enum Stream: Hashable, Sendable {
        /// /dev/null.
        case null
        /// The same as ours.
        case inherited
        /// A file: read for standard input, otherwise created if need be and appended to. Opened with our own rights, also when the
        /// child runs as another user.
        case file(String)
        /// A pipe; our end is a property of the `ChildProcess`.
        case pipe
        /// For standard error only: wherever standard output goes.
        case output
    }

    /// What ends the child when we end, by the names that setpriv(1) takes.
    public enum DeathSignal: String, Hashable, Sendable {
        case kill = "KILL"
        case terminate = "TERM"
        case interrupt = "INT"
        case quit = "QUIT"
    }

    /// A path, or a name looked up in our PATH.
    public var executable: String
    public var arguments: [String]
    /// Set over our own environment, which the child inherits; an empty value is a value.
    public var environment: [String: String] = [:]
    /// Nil: ours.
    public var workingDirectory: String?
    public var standardInput = Stream.null
    public var standardOutput = Stream.inherited
    public var standardError = Stream.inherited
    /// The user to become, with the group of the same name and no others. Needs root. Nil: ours.
    public var user: String?
    /// What the kernel sends to the child when our process ends, however it ends.
    public var parentDeathSignal = DeathSignal.kill

    public init(_ executable: String, _ arguments: [String] = []) {
        self.executable = executable
        self.arguments = arguments
    }

    /// The absolute path of what is to be run. Throws ENOENT when it is not there or may not be executed.
    func resolvedExecutable() throws(SystemError) -> String {
        if executable.contains("/") {
            guard access(executable, X_OK) == 0 else { throw SystemError.last(executable) }
            return executable
        }
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        for folder in path.split(separator: ":") where access("\(folder)/\(executable)", X_OK) == 0 {
            return "\(folder)/\(executable)"
        }
        throw SystemError(code: ENOENT, call: executable)
    }

    /// The environment as `NAME=value` strings.
    func environmentStrings() -> [String] {
        var own: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let string = String(cString: text)
            if environment[String(string.prefix { $0 != "=" })] == nil { own.append(string) }
            entry += 1
        }
        return own + environment.map { "\($0.key)=\($0.value)" }
    }
}
