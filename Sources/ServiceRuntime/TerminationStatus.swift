import Glibc

/// How a child process ended.
public enum TerminationStatus: Hashable, Sendable, CustomStringConvertible {
    /// By exit(3) with this code, 0...255.
    case exited(Int32)
    /// By this signal.
    case signaled(Int32)

    /// From the status word of waitpid(2) of a process that ended.
    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .signaled(signal)
    }

    public var isSuccess: Bool { self == .exited(0) }

    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let number): "signal \(number)"
        }
    }
}
