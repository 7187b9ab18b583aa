import HTTPServer
import Synchronization

/// The loops' runtimes. They are made of the server's loops, which are made of the routes, which need the runtimes: so they come later.
final class RuntimeTable: Sendable {
    private let runtimes = Mutex<[LoopRuntime]>([])

    /// Empty until the server was made.
    var all: [LoopRuntime] { runtimes.withLock { $0 } }

    func fill(_ made: [LoopRuntime]) { runtimes.withLock { $0 = made } }

    subscript(loop: ServerLoop) -> LoopRuntime? {
        runtimes.withLock { $0.indices.contains(loop.index) ? $0[loop.index] : nil }
    }
}
