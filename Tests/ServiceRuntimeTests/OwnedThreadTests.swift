import Glibc
import ServiceRuntime
import Synchronization
import Testing

@Suite struct OwnedThreadTests {
    @Test func `the body runs under its name with every signal blocked`() throws {
        let seen = Mutex<(name: String, blocked: Int32)>(("", 0))
        let thread = try OwnedThread.start(name: "replication-reader") {
            let text = readText("/proc/thread-self/comm")
            var mask = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &mask)
            seen.withLock { $0 = (text, sigismember(&mask, SIGTERM) + sigismember(&mask, SIGUSR1)) }
        }
        thread.join()
        #expect(seen.withLock { $0.name } == "replication-rea\n")
        #expect(seen.withLock { $0.blocked } == 2)
    }

    @Test func `join waits for the end, from many threads and many times`() throws {
        let gate = try EventFD()
        let finished = Atomic(false)
        let thread = try OwnedThread.start(name: "worker") {
            _ = try? waitReadable([PollTarget(gate.fileDescriptor)], timeoutMilliseconds: -1)
            finished.store(true, ordering: .sequentiallyConsistent)
        }
        let early = Atomic(0)
        let joiners = try (0..<4).map { _ in
            try OwnedThread.start(name: "joiner") {
                thread.join()
                if !finished.load(ordering: .sequentiallyConsistent) { early.add(1, ordering: .sequentiallyConsistent) }
            }
        }
        gate.signal()
        for joiner in joiners { joiner.join() }
        thread.join()
        #expect(early.load(ordering: .sequentiallyConsistent) == 0)
    }

    @Test func `what the body captured is released before join returns`() throws {
        final class Token: Sendable {}
        weak var observed: Token?
        let thread: OwnedThread
        do {
            let token = Token()
            observed = token
            thread = try OwnedThread.start(name: "holder") { withExtendedLifetime(token) {} }
        }
        thread.join()
        #expect(observed == nil)
    }

    @Test func `a thread that joins itself goes on`() throws {
        let box = Mutex<OwnedThread?>(nil)
        let ready = try EventFD()
        let thread = try OwnedThread.start(name: "self") {
            _ = try? waitReadable([PollTarget(ready.fileDescriptor)], timeoutMilliseconds: -1)
            box.withLock { $0 }?.join()
        }
        box.withLock { $0 = thread }
        ready.signal()
        thread.join()
        box.withLock { $0 = nil }
    }

    @Test func `ten thousand threads, joined or let go, leave no memory behind`() throws {
        func mapped() -> Int { readText("/proc/self/maps").split(separator: "\n").count }
        for _ in 0..<100 { try OwnedThread.start(name: "warm") {}.join() }
        let before = mapped()
        for index in 0..<10_000 {
            let thread = try OwnedThread.start(name: "brief") {}
            if index % 2 == 0 { thread.join() }
        }
        // An unjoined, undetached thread would keep its stack, two lines of the map each.
        #expect(mapped() < before + 1000)
    }
}

func readText(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
    return String(decoding: bytes, as: UTF8.self)
}
