import Synchronization

/// The one thread from which all children are spawned. A child's parent-death signal fires when the *thread* that spawned it ends
/// (prctl(2), PR_SET_PDEATHSIG), so that must be a thread that lives as long as the process.
final class ProcessLauncher: Sendable {
    /// Made at first use and never ended. Nil when the process could get neither descriptor nor thread.
    static let shared: ProcessLauncher? = try? ProcessLauncher()

    private let jobs = Mutex<[@Sendable () -> Void]>([])
    private let wakeUp: EventFD

    private init() throws(SystemError) {
        let wakeUp = try EventFD()
        self.wakeUp = wakeUp
        _ = try OwnedThread.start(name: "launcher") { [self] in
            while (try? waitReadable([PollTarget(wakeUp.fileDescriptor)], timeoutMilliseconds: -1)) != nil {
                wakeUp.drain()
                for job in jobs.withLock({ list in exchange(&list, with: []) }) { job() }
            }
        }
    }

    /// Runs `job` on the launcher's thread and returns its result.
    func perform<Value: Sendable>(_ job: @escaping @Sendable () -> Value) throws(SystemError) -> Value {
        let finished = try EventFD()
        let result = ResultBox<Value>()
        jobs.withLock {
            $0.append {
                result.set(job())
                finished.signal()
            }
        }
        wakeUp.signal()
        while true {
            if let value = result.get() { return value }
            try waitReadable([PollTarget(finished.fileDescriptor)], timeoutMilliseconds: -1)
        }
    }
}

private final class ResultBox<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    func set(_ new: Value) {
        value.withLock { $0 = new }
    }

    func get() -> Value? {
        value.withLock { $0 }
    }
}

private func exchange<Value>(_ variable: inout Value, with new: consuming Value) -> Value {
    let old = variable
    variable = new
    return old
}
