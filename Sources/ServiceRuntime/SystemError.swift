import Glibc

/// A system call failed: which one, and the errno it left.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The errno value, for instance `ENOENT`.
    public let code: Int32
    /// The name of the call, for instance `eventfd`, with what it was applied to when that helps the reader.
    public let call: String

    public init(code: Int32, call: String) {
        self.code = code
        self.call = call
    }

    /// The error of the call that just failed on this thread. Read at once: any later call may overwrite errno.
    public static func last(_ call: String) -> SystemError {
        SystemError(code: errno, call: call)
    }

    /// "call: text of the errno".
    public var description: String {
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "\(call): errno \(code)" }
        return "\(call): \(String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))"
    }
}
