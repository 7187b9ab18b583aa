import CLibEvent
import ServiceRuntime

/// One libevent base and the way to end its loop from another thread. What runs on the loop (HTTP now) is not its business.
///
/// Threading: libevent is used without locks of its own. The base and everything on it belong to the thread that made them
/// until `run` is called, and to the thread of `run` from then on. Only `requestStop` may be called from elsewhere: it
/// touches nothing but the eventfd.
///
/// `@unchecked Sendable` states that rule; the compiler cannot see it.
final class EventLoop: @unchecked Sendable {
    /// The libevent base, for those who put events on it. Valid until `close`.
    let base: OpaquePointer
    private let wake: EventFD
    private var wakeEvent: OpaquePointer?
    private var isClosed = false

    init() throws(HTTPServerError) {
        do {
            wake = try EventFD()
        } catch {
            throw .system(error)
        }
        guard let base = event_base_new() else { throw .library(call: "event_base_new") }
        self.base = base
        // The context is this object, unretained: the event is freed in `close`, which runs before this object goes.
        let context = Unmanaged.passUnretained(self).toOpaque()
        wakeEvent = event_new(
            base, wake.fileDescriptor, Int16(EV_READ | EV_PERSIST),
            { _, _, context in
                guard let context else { return }
                Unmanaged<EventLoop>.fromOpaque(context).takeUnretainedValue().stopLoop()
            }, context)
        guard let wakeEvent, event_add(wakeEvent, nil) == 0 else { throw .library(call: "event_new") }
    }

    deinit {
        close()
    }

    /// Runs until `requestStop`, on the calling thread. A request made earlier ends it at once.
    func run() {
        event_base_dispatch(base)
    }

    /// Ends `run` after the callbacks that are being run. Callable from every thread.
    func requestStop() {
        wake.signal()
    }

    /// Frees the base. Everything on it has to be freed before; what libevent puts off (the last part of a bufferevent's end)
    /// is done here. Calling it again does nothing.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        if let wakeEvent {
            event_free(wakeEvent)
        }
        event_base_loop(base, EVLOOP_NONBLOCK)
        event_base_free(base)
    }

    private func stopLoop() {
        wake.drain()
        event_base_loopbreak(base)
    }
}
