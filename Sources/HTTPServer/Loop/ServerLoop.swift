import CLibEvent
import Glibc
import ServiceRuntime
import Synchronization

/// One of a server's loops: a thread with a libevent base of its own, on which connections live and handlers run.
///
/// The connections of one loop, and what belongs to them, are touched on its thread only, so they need no locks. `post` brings
/// work there from elsewhere.
///
/// Threading: libevent is used without locks of its own. The base and everything on it belong to the thread that made them
/// until `run` is called, and to the thread of `run` from then on. `@unchecked Sendable` states that rule; the compiler cannot
/// see it. What is public may be called from every thread.
public final class ServerLoop: @unchecked Sendable {
    /// 0 up to the number of the server's loops.
    public let index: Int
    /// The libevent base, for those who put events on it. Valid until `close`.
    let base: OpaquePointer
    private let mailbox: Mailbox
    private let thread = Atomic<UInt>(0)
    private let nextTimer = Atomic<Int>(0)
    private var wakeEvent: OpaquePointer?
    private var soonEvent: OpaquePointer?
    private var soonWork: [() -> Void] = []
    private var timers: [Int: ScheduledWork] = [:]
    private var isClosed = false

    init(index: Int) throws(HTTPServerError) {
        self.index = index
        do {
            mailbox = try Mailbox()
        } catch {
            throw .system(error)
        }
        guard let base = event_base_new() else { throw .library(call: "event_base_new") }
        self.base = base
        // The context is this object, unretained: the events are freed in `close`, which runs before this object goes.
        let context = Unmanaged.passUnretained(self).toOpaque()
        wakeEvent = event_new(
            base, mailbox.fileDescriptor, Int16(EV_READ | EV_PERSIST),
            { _, _, context in
                guard let context else { return }
                Unmanaged<ServerLoop>.fromOpaque(context).takeUnretainedValue().emptyMailbox()
            }, context)
        soonEvent = event_new(
            base, -1, 0,
            { _, _, context in
                guard let context else { return }
                Unmanaged<ServerLoop>.fromOpaque(context).takeUnretainedValue().runSoonWork()
            }, context)
        guard let wakeEvent, soonEvent != nil, event_add(wakeEvent, nil) == 0 else { throw .library(call: "event_new") }
    }

    deinit {
        close()
    }

    /// Has `work` run on the loop's thread, after everything that was posted before. Many posts wake the loop once. What is
    /// posted before the server starts runs when it does; what is posted after its end is dropped.
    public func post(_ work: @escaping @Sendable () -> Void) {
        mailbox.post(work)
    }

    /// Has `work` run on the loop's thread again and again, until the timer is cancelled or the server stops.
    @discardableResult
    public func every(milliseconds: Int, _ work: @escaping @Sendable () -> Void) -> LoopTimer {
        schedule(milliseconds: milliseconds, isRepeating: true, work)
    }

    /// Has `work` run once on the loop's thread, not before so many milliseconds.
    @discardableResult
    public func after(milliseconds: Int, _ work: @escaping @Sendable () -> Void) -> LoopTimer {
        schedule(milliseconds: milliseconds, isRepeating: false, work)
    }

    /// Whether the caller is on this loop's thread.
    public var isCurrent: Bool {
        thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    /// Runs `work` now when this is the loop's thread, else posts it.
    func perform(_ work: @escaping @Sendable (ServerLoop) -> Void) {
        if isCurrent {
            work(self)
        } else {
            post { [weak self] in
                if let self { work(self) }
            }
        }
    }

    /// Runs `work` after the callback that is being run, outside of it. On the loop's thread only.
    func soon(_ work: @escaping () -> Void) {
        soonWork.append(work)
        if soonWork.count == 1, let soonEvent {
            event_active(soonEvent, 0, 0)
        }
    }

    /// Does at once what `soon` has put off, and what that puts off.
    func runSoonWork() {
        while !soonWork.isEmpty {
            let work = soonWork
            soonWork = []
            for part in work {
                part()
            }
        }
    }

    /// Runs until `requestStop`, on the calling thread. A request made earlier ends it at once.
    func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        event_base_dispatch(base)
    }

    /// Ends `run` after what was posted before. Callable from every thread.
    func requestStop() {
        post { [weak self] in
            if let self { event_base_loopbreak(base) }
        }
    }

    /// Frees the base. Everything on it but the timers has to be freed before; what libevent puts off (the last part of a
    /// bufferevent's end) is done here. Calling it again does nothing.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        mailbox.close()
        runSoonWork()
        timers = [:]
        if let wakeEvent {
            event_free(wakeEvent)
        }
        if let soonEvent {
            event_free(soonEvent)
        }
        event_base_loop(base, EVLOOP_NONBLOCK)
        event_base_free(base)
        thread.store(0, ordering: .relaxed)
    }

    func removeTimer(_ id: Int) {
        timers[id] = nil
    }

    private func schedule(milliseconds: Int, isRepeating: Bool, _ work: @escaping @Sendable () -> Void) -> LoopTimer {
        let id = nextTimer.add(1, ordering: .relaxed).newValue
        perform { loop in
            guard !loop.isClosed else { return }
            loop.timers[id] = ScheduledWork(
                id: id, milliseconds: milliseconds, isRepeating: isRepeating, loop: loop, work: work)
        }
        return LoopTimer(id: id, loop: self)
    }

    private func emptyMailbox() {
        for work in mailbox.take() {
            work()
        }
    }
}
