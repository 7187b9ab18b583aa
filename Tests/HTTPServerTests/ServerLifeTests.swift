import Foundation
import Glibc
import HTTPServer
import Synchronization
import Telemetry
import Testing

@Suite struct ServerLifeTests {
    @Test func `stop closes connections and the port, and may be called again`() throws {
        let running = try RunningServer()
        let client = try RawClient(port: running.port)
        #expect(try client.get("/hello").status == 200)
        running.server.stop()
        #expect(try client.readToEnd() == "")
        #expect(throws: RawClientError.self) { try RawClient(port: running.port) }
        running.server.stop()
        #expect(throws: HTTPServerError.alreadyStopped) { try running.server.start() }
    }

    @Test func `the port is free again at once`() throws {
        let first = try RunningServer()
        let client = try RawClient(port: first.port)
        #expect(try client.get("/hello").status == 200)
        let address = try #require(try ListenAddress.parse("127.0.0.1:\(first.port)"))
        first.server.stop()
        let second = try HTTPServer(listen: address, routes: Router(), logger: .disabled)
        try second.start()
        #expect(try RawClient(port: second.boundPort).get("/hello").status == 404)
        second.stop()
    }

    @Test func `a port in use is named with the way out`() throws {
        let first = try RunningServer()
        let address = try #require(try ListenAddress.parse("127.0.0.1:\(first.port)"))
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(listen: address, routes: Router(), logger: .disabled)
        }
        let text = try #require(error?.description)
        #expect(text.contains("127.0.0.1:\(first.port)"))
        #expect(text.contains("choose another port"))
    }

    @Test func `stop without start, start twice and stop from several threads are fine`() throws {
        let never = try HTTPServer(listen: try RunningServer.anyPort(), routes: Router(), logger: .disabled)
        never.stop()
        never.stop()
        #expect(throws: HTTPServerError.alreadyStopped) { try never.start() }
        let running = try RunningServer()
        try running.server.start()
        #expect(try RawClient(port: running.port).get("/hello").status == 200)
        let server = running.server
        DispatchQueue.concurrentPerform(iterations: 8) { _ in server.stop() }
        #expect(throws: RawClientError.self) { try RawClient(port: running.port) }
    }

    @Test func `a handler may stop its server`() throws {
        let holder = Holder()
        let running = try RunningServer { router in
            router.get("/stop") { _ in
                holder.server.withLock { $0 }?.stop()
                return .text("stopping\n")
            }
        }
        holder.server.withLock { $0 = running.server }
        let client = try RawClient(port: running.port)
        client.send("GET /stop HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.readToEnd()
        running.server.stop()
        #expect(throws: RawClientError.self) { try RawClient(port: running.port) }
        holder.server.withLock { $0 = nil }
    }

    @Test func `connections before start are answered after it`() throws {
        var router = Router()
        router.get("/hello") { _ in .text("hello\n") }
        let server = try HTTPServer(listen: try RunningServer.anyPort(), routes: router, logger: .disabled)
        let client = try RawClient(port: server.boundPort)
        client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        try server.start()
        #expect(try client.response().status == 200)
        server.stop()
    }

    @Test(arguments: [":0", "[::1]:0", "localhost:0"])
    func `every kind of address can be listened on`(text: String) throws {
        let address = try #require(try ListenAddress.parse(text))
        var router = Router()
        router.get("/hello") { _ in .text("hello\n") }
        guard text == "localhost:0" || FileManager.default.fileExists(atPath: "/proc/net/if_inet6") else { return }
        let server = try HTTPServer(listen: address, routes: router, logger: .disabled)
        try server.start()
        if text != "[::1]:0" {
            #expect(try RawClient(port: server.boundPort).get("/hello").status == 200)
        }
        server.stop()
    }

    /// In a process of its own, whose descriptors it takes away.
    @Test func `without a free descriptor a client waits, and the log says so once`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            var router = Router()
            router.get("/hello") { _ in .text("hello\n") }
            let server = try HTTPServer(
                listen: try RunningServer.anyPort(), routes: router, logger: Logger(level: .info, format: .json))
            try server.start()
            let first = try RawClient(port: server.boundPort)
            try #require(try first.get("/hello").status == 200)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let before = limit.rlim_cur
            // The client's own descriptor is the last one: none is left for accept.
            let next = dup(STDIN_FILENO)
            close(next)
            limit.rlim_cur = rlim_t(next) + 1
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let client = try RawClient(port: server.boundPort)
            client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            try #require(!client.isReadable(withinMilliseconds: 1500))
            limit.rlim_cur = before
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            try #require(try client.response().status == 200)
            try #require(try first.get("/hello").status == 200)
            server.stop()
        }
        let log = String(decoding: try #require(result).standardErrorContent, as: UTF8.self).split(separator: "\n")
        #expect(log.filter { $0.contains("connection not accepted") }.count == 1)
    }

    /// In a process of its own, where nobody else opens descriptors.
    @Test func `servers that come and go leak no descriptor and no thread`() async {
        await #expect(processExitsWith: .success) {
            func count(_ path: String) throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: path).count
            }
            func round() throws {
                let running = try RunningServer(limits: HTTPLimits(connections: 4))
                let clients = try (0..<3).map { _ in try RawClient(port: running.port) }
                for client in clients {
                    try #require(try client.get("/hello").status == 200)
                }
                clients[0].send("GET /big HTTP/1.1\r\nHost: x\r\n\r\nGET /he")
                running.server.stop()
            }
            try round()
            let descriptors = try count("/proc/self/fd")
            let threads = try count("/proc/self/task")
            for _ in 0..<50 {
                try round()
            }
            try #require(try count("/proc/self/fd") == descriptors)
            try #require(try count("/proc/self/task") <= threads)
        }
    }
}

private final class Holder: Sendable {
    let server = Mutex<HTTPServer?>(nil)
}
