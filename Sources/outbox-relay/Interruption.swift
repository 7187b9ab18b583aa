import Glibc
import ServiceRuntime

/// Ctrl-C as a signal that long work looks at, so that it can end cleanly. A second one ends the process at once.
final class Interruption {
    let stop: StopSignal
    private let watcher: SignalWatcher

    init() throws {
        let stop = try StopSignal()
        self.stop = stop
        watcher = try SignalWatcher.start { _ in
            if stop.isSet { _exit(130) }
            stop.set()
        }
    }

    deinit { watcher.stop() }
}
