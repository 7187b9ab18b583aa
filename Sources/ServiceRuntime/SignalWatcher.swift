import CLinux
import Glibc
import Synchronization

/// Receives SIGINT, SIGTERM and SIGHUP for the whole process and hands them to a callback on a thread of its own, where anything may
/// be done (a signal handler proper may call next to nothing). SIGPIPE is ignored: a broken connection is an error of the write.
///
/// Every arrival is delivered, so that the caller can force the exit at the second one.
public final class SignalWatcher: Sendable {
    private let thread: OwnedThread
    private let stopping: EventFD
    private let descriptor: Int32

    /// Blocks the signals in the calling thread and ignores SIGPIPE. To be called before any thread is made: threads inherit the
    /// mask, and a thread without it would take the signal and end the process.
    ///
    /// `handler` runs on the watcher's thread, one call at a time. Throws the `SystemError` of signalfd(2) or of the thread.
    public static func start(
        _ handler: @escaping @Sendable (ServiceSignal) -> Void
    ) throws(SystemError) -> SignalWatcher {
        signal(SIGPIPE, SIG_IGN)
        var set = sigset_t()
        sigemptyset(&set)
        for signal in ServiceSignal.allCases { sigaddset(&set, signal.number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        let descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError.last("signalfd") }
        do throws(SystemError) {
            let stopping = try EventFD()
            let thread = try OwnedThread.start(name: "signals") { deliver(from: descriptor, until: stopping, to: handler) }
            return SignalWatcher(thread: thread, stopping: stopping, descriptor: descriptor)
        } catch {
            close(descriptor)
            throw error
        }
    }

    private init(thread: OwnedThread, stopping: EventFD, descriptor: Int32) {
        self.thread = thread
        self.stopping = stopping
        self.descriptor = descriptor
    }

    deinit {
        stop()
        close(descriptor)
    }

    /// Ends the delivery; the signals stay blocked. Returns when no handler is running any more, except inside a handler, where it
    /// returns at once. Callable any number of times.
    public func stop() {
        stopping.signal()
        thread.join()
    }

    private static func deliver(
        from descriptor: Int32, until stopping: EventFD, to handler: (ServiceSignal) -> Void
    ) {
        let targets = [PollTarget(stopping.fileDescriptor), PollTarget(descriptor)]
        while let found = try? waitReadable(targets, timeoutMilliseconds: -1), found[0].isEmpty {
            var info = signalfd_siginfo()
            while read(descriptor, &info, MemoryLayout<signalfd_siginfo>.size) == MemoryLayout<signalfd_siginfo>.size {
                if let signal = ServiceSignal.allCases.first(where: { $0.number == Int32(info.ssi_signo) }) { handler(signal) }
            }
        }
    }
}
