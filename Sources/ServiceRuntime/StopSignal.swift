import Synchronization

/// "Stop what you are waiting for": set once by any thread, seen by every thread that polls its descriptor.
///
/// The event is never drained, so that a descriptor given to several poll(2) calls wakes them all.
public final class StopSignal: Sendable {
    private let flag = Atomic<Bool>(false)
    private let event: EventFD

    public init() throws(SystemError) { event = try EventFD() }

    public var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Readable once the signal is set; never read from it.
    public var fileDescriptor: Int32 { event.fileDescriptor }

    /// Idempotent, from any thread.
    public func set() {
        guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
        event.signal()
    }
}
