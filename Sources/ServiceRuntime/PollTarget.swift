import Glibc

/// One descriptor to wait for, and what for.
public struct PollTarget: Hashable, Sendable {
    /// What can be waited for and what can be found.
    public struct Events: OptionSet, Hashable, Sendable {
        public let rawValue: Int16

        public init(rawValue: Int16) {
            self.rawValue = rawValue
        }

        /// Data to read, or the end of it.
        public static let readable = Events(rawValue: Int16(POLLIN))
        /// Room to write.
        public static let writable = Events(rawValue: Int16(POLLOUT))
        /// Only found, never asked for: the other side is gone, an error is pending, or the descriptor is not open.
        public static let failed = Events(rawValue: Int16(POLLERR))

        /// What poll(2) found: its three ways of saying that the descriptor is of no more use are one here.
        init(found: Int16) {
            let isFailed = found & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
            self = Events(rawValue: found).intersection([.readable, .writable]).union(isFailed ? .failed : [])
        }
    }

    /// A negative descriptor is waited for in vain, which is how one is left out without building another array.
    public var fileDescriptor: Int32
    public var events: Events

    public init(_ fileDescriptor: Int32, _ events: Events = .readable) {
        self.fileDescriptor = fileDescriptor
        self.events = events
    }
}

/// Waits until one of `descriptors` has what was asked of it, or has failed, or until the time is over.
///
/// `timeoutMilliseconds`: 0 only looks, a negative number waits for ever. Returns what was found, in the order given; all empty
/// after the time is over. A signal does not shorten or lengthen the wait. Throws the `SystemError` of poll(2).
@discardableResult
public func waitReadable(
    _ descriptors: [PollTarget], timeoutMilliseconds: Int64
) throws(SystemError) -> [PollTarget.Events] {
    let deadline = timeoutMilliseconds < 0 ? nil : MonotonicTime.now() + min(timeoutMilliseconds, 1 << 40) * 1_000_000
    var list = descriptors.map { pollfd(fd: $0.fileDescriptor, events: $0.events.rawValue, revents: 0) }
    var remaining = timeoutMilliseconds < 0 ? -1 : min(timeoutMilliseconds, Int64(Int32.max))
    while true {
        let found = poll(&list, nfds_t(list.count), Int32(remaining))
        if found > 0 || (found == 0 && remaining == 0) {
            return list.map { PollTarget.Events(found: $0.revents) }
        }
        if found < 0 && errno != EINTR { throw SystemError.last("poll") }
        // Rounded up, so that the last wait does not turn into a busy loop of 0 ms.
        if let deadline { remaining = min(Int64(Int32.max), max(0, (deadline - MonotonicTime.now() + 999_999) / 1_000_000)) }
    }
}
