import Glibc
import ServiceRuntime
import Synchronization
import Testing

// Delivery itself is tested from outside, on the mock-broker executable: a signal sent to the test process would find one of the
// test runner's own threads, which do not block it, and end the run.
@Suite struct SignalWatcherTests {
    @Test func `it blocks its signals in the thread that starts it, ignores SIGPIPE, and stops any number of times`() throws {
        let blocked = Mutex<[Int32]>([])
        let thread = try OwnedThread.start(name: "main-like") {
            var nothing = sigset_t()
            sigemptyset(&nothing)
            pthread_sigmask(SIG_SETMASK, &nothing, nil)
            guard let watcher = try? SignalWatcher.start({ _ in }) else { return }
            watcher.stop()
            watcher.stop()
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            blocked.withLock { $0 = [SIGINT, SIGTERM, SIGHUP, SIGUSR1].map { sigismember(&mask, $0) } }
        }
        thread.join()
        #expect(blocked.withLock { $0 } == [1, 1, 1, 0])
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[0])
        #expect(write(ends[1], "x", 1) == -1 && errno == EPIPE)
        close(ends[1])
    }
}
