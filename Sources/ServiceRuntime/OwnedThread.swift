import CLinux
import Glibc
import Synchronization

/// A POSIX thread with one owner: started with a name, with every signal blocked (signals belong to the `SignalWatcher`), and
/// joined once its work is over.
///
/// Blocking C libraries live on such threads. The body and all that it captured are released before `join` returns. An owner that
/// goes away without joining leaves a detached thread, which frees itself at its end.
public final class OwnedThread: Sendable {
    private let thread: pthread_t
    private let isJoined = Mutex(false)

    private init(_ thread: pthread_t) {
        self.thread = thread
    }

    deinit {
        if !isJoined.withLock({ $0 }) { pthread_detach(thread) }
    }

    /// Starts `body` on a new thread. The kernel shows the first 15 bytes of `name`.
    ///
    /// Throws the `SystemError` of pthread_create(3) when the thread cannot be had.
    public static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) -> OwnedThread {
        let context = Unmanaged.passRetained(Work(name: name, body: body)).toOpaque()
        var thread = pthread_t()
        let status = create(&thread, context)
        if status != 0 {
            Unmanaged<Work>.fromOpaque(context).release()
            throw SystemError(code: status, call: "pthread_create")
        }
        return OwnedThread(thread)
    }

    /// pthread_create(3) with every signal blocked. A thread inherits its maker's mask: set before creation, there is no moment in
    /// which a signal could land on the new one.
    private static func create(_ thread: inout pthread_t, _ context: UnsafeMutableRawPointer) -> Int32 {
        var everything = sigset_t()
        var previous = sigset_t()
        sigfillset(&everything)
        pthread_sigmask(SIG_SETMASK, &everything, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }
        return pthread_create(&thread, nil, { OwnedThread.run($0) }, context)
    }

    /// Waits until the body has returned. Callable from any thread and any number of times: later calls return at once, callers at
    /// the same time all wait. Called by the thread itself it does nothing.
    public func join() {
        guard pthread_equal(pthread_self(), thread) == 0 else { return }
        isJoined.withLock { joined in
            guard !joined else { return }
            pthread_join(thread, nil)
            joined = true
        }
    }

    private static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        let work = Unmanaged<Work>.fromOpaque(context).takeRetainedValue()
        clinux_name_this_thread(work.name)
        work.body()
        return nil
    }
}

private final class Work: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}
