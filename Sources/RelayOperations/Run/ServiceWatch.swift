import Glibc
import RelayCore
import ServiceRuntime
import Synchronization
import Telemetry

/// Watches the relay once a second: says when it becomes ready or not, and keeps the service manager informed.
///
/// systemd is told READY=1 when the relay streams, or stands by for another instance; its watchdog is fed as long as the
/// replication thread turns.
final class ServiceWatch: Sendable {
    private let state: RelayState
    private let stallMilliseconds: Int64
    private let logger: Logger
    private let manager: ServiceManager?
    private let done: StopSignal?
    private let thread = Mutex<OwnedThread?>(nil)

    init(state: RelayState, stallMilliseconds: Int64, logger: Logger) {
        self.state = state
        self.stallMilliseconds = stallMilliseconds
        self.logger = logger
        manager = ServiceManager(environment: ProcessEnvironment.all)
        done = try? StopSignal()
    }

    func start() throws(SystemError) {
        let started = try OwnedThread.start(name: "watch") { self.run() }
        thread.withLock { $0 = started }
    }

    func finish() {
        // Said when the drain began, unless that was over before the thread looked; twice does no harm.
        _ = manager?.notify("STOPPING=1")
        done?.set()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var wasReady: Bool?
        var isAnnounced = false
        var isStopping = false
        let watchdog = manager?.watchdogIntervalMicroseconds
        let pause = min(1_000, max(100, (watchdog ?? 2_000_000) / 2_000))
        while done?.isSet != true {
            let now = MonotonicTime.now()
            let seen = state.observation()
            let reasons = HealthPolicy.reasons(seen, now: now, stallAfter: stallMilliseconds * 1_000_000)
            let isEnding = seen.phase == .draining || seen.phase == .stopped
            if isEnding, !isStopping { isStopping = manager?.notify("STOPPING=1") ?? true }
            if wasReady != reasons.isEmpty, !isEnding {
                announce(reasons, isFirst: wasReady == nil)
                wasReady = reasons.isEmpty
            }
            if !isAnnounced, reasons.isEmpty || seen.phase == .standby {
                isAnnounced = manager?.notify("READY=1\nSTATUS=\(seen.phase.reason)") ?? true
            }
            // The replication thread shows itself every second or so while it streams; in other phases waiting is its work.
            let isTurning = seen.phase != .streaming || now - state.lastTurn < 30_000_000_000
            if watchdog != nil, isTurning { _ = manager?.notify("WATCHDOG=1\nSTATUS=\(reasons.first ?? seen.phase.reason)") }
            if let done { _ = try? waitReadable([PollTarget(done.fileDescriptor)], timeoutMilliseconds: pause) }
        }
    }

    private func announce(_ reasons: [String], isFirst: Bool) {
        if reasons.isEmpty {
            logger.info("ready: events flow")
        } else if !isFirst {
            logger.warning("not ready", [.reason: .string(reasons.joined(separator: "; "))])
        }
    }
}
