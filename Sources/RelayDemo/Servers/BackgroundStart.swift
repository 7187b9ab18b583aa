import ServiceRuntime
import Synchronization

/// Something that is started on a thread of its own.
final class BackgroundStart<Value: Sendable>: Sendable {
    private let outcome = Mutex<Result<Value, DemoError>?>(nil)
    private let thread = Mutex<OwnedThread?>(nil)

    /// - Parameters:
    ///   - name: the thread's.
    ///   - finished: set as soon as there is an outcome.
    init(
        _ name: String, finished: EventFD, _ body: @escaping @Sendable () throws(DemoError) -> Value
    ) throws(DemoError) {
        do throws(SystemError) {
            let started = try OwnedThread.start(name: name) { [self] in
                let result = Result(catching: body)
                outcome.withLock { $0 = result }
                finished.signal()
            }
            thread.withLock { $0 = started }
        } catch { throw DemoError("\(error)") }
    }

    /// What came of it; nil while it is under way.
    var result: Result<Value, DemoError>? { outcome.withLock { $0 } }
}
