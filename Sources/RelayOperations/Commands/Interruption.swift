import Glibc
public import ServiceRuntime
import Synchronization

/// SIGINT (Ctrl-C) and SIGTERM as a signal that long work looks at, so that it can end cleanly. A second one ends the process at once,
/// unless it comes right behind the first: timeout(1) signals the process and its group, a person does not.
public final class Interruption {
    public let stop: StopSignal
    private let watcher: SignalWatcher

    /// - Parameter ignoresHangup: a service outlives the terminal that it was started from.
    public init(ignoresHangup: Bool = false) throws {
        let stop = try StopSignal()
        self.stop = stop
        let first = Mutex<Int64?>(nil)
        watcher = try SignalWatcher.start { signal in
            if ignoresHangup, signal == .hangup { return }
            let now = MonotonicTime.now()
            let begun = first.withLock { first in
                if first == nil { first = now }
                return first ?? now
            }
            if now - begun > 500_000_000 { _exit(130) }
            stop.set()
        }
    }

    deinit { watcher.stop() }
}
