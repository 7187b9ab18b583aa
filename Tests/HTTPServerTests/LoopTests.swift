import Foundation
import HTTPServer
import Synchronization
import Telemetry
import Testing

/// Several loops on one port, and work that other threads leave for them.
@Suite struct LoopTests {
    @Test func `the loops share the port, and each answers on its own thread`() throws {
        let log = StreamLog()
        let server = try RunningServer(loops: 3) { $0.stream("/s", log) }
        #expect(server.server.loops.map(\.index) == [0, 1, 2])
        var clients: [RawClient] = []
        var seen: Set<Int> = []
        // The kernel spreads by a hash of the ports: each loop gets one sooner or later.
        while seen.count < 3, clients.count < 500 {
            let client = try RawClient(port: server.port)
            client.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try client.response()
            clients.append(client)
            seen = Set(log.entries.compactMap { if case .opened(let loop) = $0 { loop } else { nil } })
        }
        #expect(seen == [0, 1, 2])
    }

    @Test func `a shared port is not shared with another server`() throws {
        let first = try RunningServer(loops: 2)
        let address = try #require(try ListenAddress.parse("127.0.0.1:\(first.port)"))
        for loops in [1, 2] {
            #expect(throws: HTTPServerError.self) {
                try HTTPServer(listen: address, loops: loops, routes: Router(), logger: .disabled)
            }
        }
    }

    @Test func `posted work runs on the loop's thread, in the order of each poster`() throws {
        let server = try RunningServer(loops: 2)
        let loop = server.server.loops[1]
        let seen = Mutex<[[Int]]>(Array(repeating: [], count: 4))
        let wrong = Atomic<Int>(0)
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.concurrentPerform(iterations: 4) { poster in
            for number in 0..<5000 {
                loop.post {
                    if !loop.isCurrent { wrong.add(1, ordering: .relaxed) }
                    seen.withLock { $0[poster].append(number) }
                    if number == 4999 { done.signal() }
                }
            }
        }
        for _ in 0..<4 { #expect(done.wait(timeout: .now() + 10) == .success) }
        #expect(seen.withLock { $0 } == Array(repeating: Array(0..<5000), count: 4))
        #expect(wrong.load(ordering: .relaxed) == 0)
        #expect(!loop.isCurrent)
    }

    @Test func `work posted before the start runs after it, work posted after the end is dropped`() throws {
        let server = try HTTPServer(listen: RunningServer.anyPort(), routes: Router(), logger: .disabled)
        let done = DispatchSemaphore(value: 0)
        server.loops[0].post { done.signal() }
        try server.start()
        #expect(done.wait(timeout: .now() + 10) == .success)
        server.stop()
        let witness = Witness()
        weak let gone = witness
        server.loops[0].post { [witness] in witness.use() }
        _ = consume witness
        #expect(gone == nil)
    }

    @Test func `timers run once, again and again, and not after they were cancelled`() throws {
        let server = try RunningServer()
        let loop = server.server.loops[0]
        let done = DispatchSemaphore(value: 0)
        let once = Atomic<Int>(0)
        let often = Atomic<Int>(0)
        let cancelled = loop.after(milliseconds: 5000) { Issue.record("a cancelled timer ran") }
        cancelled.cancel()
        loop.after(milliseconds: 1) { once.add(1, ordering: .relaxed) }
        let timer = loop.every(milliseconds: 2) {
            if often.add(1, ordering: .relaxed).newValue == 10 { done.signal() }
        }
        #expect(done.wait(timeout: .now() + 10) == .success)
        timer.cancel()
        loop.post { done.signal() }
        #expect(done.wait(timeout: .now() + 10) == .success)
        let count = often.load(ordering: .relaxed)
        loop.after(milliseconds: 30) { done.signal() }
        #expect(done.wait(timeout: .now() + 10) == .success)
        #expect(often.load(ordering: .relaxed) == count)
        #expect(once.load(ordering: .relaxed) == 1)
    }

    @Test func `a timer may cancel itself, and a handler of one loop may stop them all`() throws {
        let server = try RunningServer(loops: 2)
        let done = DispatchSemaphore(value: 0)
        let timer = Mutex<LoopTimer?>(nil)
        let runs = Atomic<Int>(0)
        server.server.loops[0].post {
            let made = server.server.loops[0].every(milliseconds: 1) {
                runs.add(1, ordering: .relaxed)
                timer.withLock { $0 }?.cancel()
                server.server.loops[0].after(milliseconds: 20) { done.signal() }
            }
            timer.withLock { $0 = made }
        }
        #expect(done.wait(timeout: .now() + 10) == .success)
        #expect(runs.load(ordering: .relaxed) == 1)
        // Both at once: neither waits for the other.
        for loop in server.server.loops {
            loop.post {
                server.server.stop()
                done.signal()
            }
        }
        #expect(done.wait(timeout: .now() + 10) == .success)
        server.server.stop()
        #expect(throws: RawClientError.self) { try RawClient(port: server.port) }
        timer.withLock { $0 = nil }
    }

    @Test func `stopAccepting closes the port, answers who waits, and leaves streams alone`() throws {
        let log = StreamLog()
        let server = try RunningServer(loops: 2) {
            $0.stream("/s", log, ScriptedHandler.Script(received: { stream, _ in stream.write("here") }))
        }
        let stream = try RawClient(port: server.port)
        stream.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try stream.response()
        let kept = try RawClient(port: server.port)
        #expect(try kept.get("/hello").header("Connection") == nil)
        let waiting = try (0..<20).map { _ in try RawClient(port: server.port) }
        server.server.stopAccepting()
        #expect(throws: RawClientError.self) { try RawClient(port: server.port) }
        for client in waiting + [kept] {
            let response = try client.get("/hello")
            #expect(response.text == "hello\n")
            #expect(response.header("Connection") == "close")
            #expect(try client.readToEnd() == "")
        }
        stream.send("?")
        #expect(try stream.read(4) == Array("here".utf8))
        server.server.stopAccepting()
        server.server.stop()
        server.server.stopAccepting()
        #expect(log.ends == [.serverStopped])
    }
}

private final class Witness: Sendable {
    func use() {}
}
