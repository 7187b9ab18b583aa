import CLinux
import Glibc

/// A wake-up for a thread that waits in poll(2): any thread signals, the owner of the loop drains.
///
/// Signals that come before a drain are folded into one. The descriptor is non-blocking and closed on exec, and is closed when the
/// last reference goes.
public final class EventFD: Sendable {
    /// The descriptor to poll for reading. Owned by this object: not to be closed by anyone else.
    public let fileDescriptor: Int32

    /// Throws the `SystemError` of eventfd(2), in practice only when descriptors ran out.
    public init() throws(SystemError) {
        let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError.last("eventfd") }
        fileDescriptor = descriptor
    }

    deinit {
        close(fileDescriptor)
    }

    /// Makes the descriptor readable. Callable from any thread, never blocks: the only failure of the write is a full counter,
    /// which is readable already.
    public func signal() {
        var one: UInt64 = 1
        while write(fileDescriptor, &one, 8) < 0 && errno == EINTR {}
    }

    /// Takes all signals so far; the descriptor is unreadable until the next one. Returns whether there were any.
    @discardableResult
    public func drain() -> Bool {
        var count: UInt64 = 0
        while true {
            if read(fileDescriptor, &count, 8) == 8 { return true }
            if errno != EINTR { return false }
        }
    }
}
