import Foundation
import Glibc
import HTTPServer
import Testing

/// What clients do that do not behave, and that it costs the server nothing but their own connection.
@Suite struct HostileClientTests {
    private func stillAnswers(_ server: RunningServer) throws -> Bool {
        try RawClient(port: server.port).get("/hello").text == "hello\n"
    }

    @Test(arguments: [
        "\r\n", "\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "GET /\u{0}hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/9.9\r\n\r\n", "GET /hello\r\n\r\n", "BREW /hello HTTP/1.1\r\n\r\n", "GET hello HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nno colon\r\n\r\n", "GET /hello HTTP/1.1\r\n: empty\r\n\r\n",
        "GET /hello HTTP/1.1\r\n folded\r\n\r\n", "CONNECT x:1 HTTP/1.1\r\n\r\n", "GET http://[::1 HTTP/1.1\r\n\r\n",
        "POST /hello HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "POST /hello HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /hello HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabc",
        "POST /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nabc",
        "POST /hello HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /hello HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "* /hello HTTP/1.1\r\n\r\n",
    ])
    func `nonsense ends at most its own connection`(bytes: String) throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        client.send(bytes)
        shutdown(client.descriptor, Int32(SHUT_WR))
        let answer = try client.readToEnd()
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1."))
        #expect(try stillAnswers(server))
    }

    @Test(arguments: [
        "GET /" + String(repeating: "a", count: 20_000) + " HTTP/1.1\r\n\r\n",
        "GET /hello HTTP/1.1\r\nX: " + String(repeating: "a", count: 20_000) + "\r\n\r\n",
        "GET /hello HTTP/1.1\r\n" + String(repeating: "X: aaaaaaaaaa\r\n", count: 2000) + "\r\n",
        String(repeating: "a", count: 100_000),
        "POST /hello HTTP/1.1\r\nContent-Length: 70000\r\n\r\n" + String(repeating: "a", count: 70_000),
        "POST /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n20000\r\n" + String(repeating: "a", count: 131_072),
    ])
    func `what exceeds the limits is not answered and ends the connection`(bytes: String) throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        client.send(bytes)
        let answer = try client.readToEnd()
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
        #expect(try stillAnswers(server))
    }

    /// Descriptors are reused at once under this load: what is left of an ended connection must not touch a new one.
    @Test func `connections that end badly take nothing from those that follow`() throws {
        let server = try RunningServer()
        let port = server.port
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            do {
                for round in 0..<150 {
                    let bytes = Array(("GET /hello HTTP/1.1\r\nX: " + String(repeating: "a", count: 20_000) + "\r\n\r\n").utf8)
                    let hostile = try RawClient(port: port)
                    let cut = [100, 4096, 8192, 20_000][round % 4]
                    if hostile.send(bytes[..<cut]) {
                        hostile.send(bytes[cut...])
                    }
                    let answer = try hostile.readToEnd()
                    let decent = try RawClient(port: port).get("/echo?round=\(round)")
                    guard answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"), decent.text == "/echo|round=\(round)|" else {
                        Issue.record("\(answer.prefix(40)) \(decent.text.prefix(40))")
                        return
                    }
                }
            } catch {
                Issue.record(error)
            }
        }
    }

    /// A proxy would take the second request of each for a part of the first, and its answer for somebody else's.
    @Test(arguments: [
        "HEAD /hello HTTP/1.1\r\nContent-Length: 37\r\n\r\n", "TRACE /hello HTTP/1.1\r\nContent-Length: 37\r\n\r\n",
        "HEAD /hello HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "BREW /hello HTTP/1.1\r\nContent-Length: 37\r\n\r\n",
        "GET /hello HTTP/1.1\r\nContent-Length : 37\r\n\r\n",
        "POST /in HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 37\r\n\r\n",
        "POST /in HTTP/1.1\r\nContent-Length : 37\r\n\r\n", "POST /in HTTP/1.1\r\nContent-Length: +0\r\n\r\n",
        "POST /in HTTP/1.1\r\nTransfer-Encoding: identity, chunked\r\n\r\n",
        "POST /in HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n",
        "POST /in HTTP/1.1\r\nContent-Length: 37\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /in HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    ])
    func `what follows a request of doubtful length is no request`(head: String) throws {
        let limits = HTTPLimits(idleTimeoutMilliseconds: 1000)
        let server = try RunningServer(limits: limits) { $0.post("/in") { _ in .text("in\n") } }
        let client = try RawClient(port: server.port)
        client.send(head + "GET /echo?inner HTTP/1.1\r\nHost: x\r\n\r\n")
        let answers = try client.readToEnd()
        #expect(answers.hasPrefix("HTTP/1.1 4") || answers.hasPrefix("HTTP/1.1 501"), "\(answers)")
        #expect(!answers.contains("inner"))
        #expect(try stillAnswers(server))
    }

    @Test(arguments: ["GET", "DELETE", "OPTIONS"]) func `a body that nobody wants is read all the same`(method: String) throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        client.send("\(method) /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 37\r\n\r\n")
        client.send("GET /echo?inner HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.response().status == (method == "GET" ? 200 : 405))
        client.send("HEAD /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.response(hasBody: false).status == 200)
        #expect(try client.get("/hello").status == 200)
    }

    @Test func `a body within the limit is taken`() throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        client.send("POST /hello HTTP/1.1\r\nContent-Length: 65536\r\n\r\n" + String(repeating: "a", count: 65_536))
        #expect(try client.response().status == 405)
        #expect(try client.get("/hello").status == 200)
    }

    @Test func `clients that vanish leave nothing behind`() throws {
        let server = try RunningServer(limits: HTTPLimits(connections: 8))
        for round in 0..<300 {
            let client = try RawClient(port: server.port)
            client.send(round.isMultiple(of: 2) ? "GET /hello HT" : "GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
            if round.isMultiple(of: 3) {
                client.reset()
            }
        }
        #expect(try stillAnswers(server))
    }

    @Test func `a client beyond the limit waits until a place is free`() throws {
        let server = try RunningServer(limits: HTTPLimits(connections: 3))
        var busy = try (0..<3).map { _ in try RawClient(port: server.port) }
        for client in busy {
            #expect(try client.get("/hello").status == 200)
        }
        let waiting = try RawClient(port: server.port)
        waiting.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(!waiting.isReadable(withinMilliseconds: 200))
        #expect(try busy[0].get("/hello").status == 200)
        busy.removeLast()
        #expect(try waiting.response().text == "hello\n")
    }

    @Test func `an idle client is closed`() throws {
        let server = try RunningServer(limits: HTTPLimits(idleTimeoutMilliseconds: 100))
        let client = try RawClient(port: server.port)
        client.send("GET /hel")
        #expect(try client.readToEnd() == "")
    }

    @Test func `a client that trickles is closed, however busy it seems`() throws {
        let limits = HTTPLimits(idleTimeoutMilliseconds: 10_000, exchangeTimeoutMilliseconds: 300)
        let server = try RunningServer(limits: limits)
        let client = try RawClient(port: server.port)
        client.send("GET /hello HTTP/1.1\r\n")
        var trickled = 0
        while trickled < 400, !client.isReadable(withinMilliseconds: 25) {
            client.send("X: y\r\n")
            trickled += 1
        }
        #expect(trickled < 400)
        #expect(try client.readToEnd() == "")
    }

    @Test func `a client in steady use is not closed`() throws {
        let server = try RunningServer(limits: HTTPLimits(exchangeTimeoutMilliseconds: 400))
        let client = try RawClient(port: server.port)
        for _ in 0..<12 {
            #expect(!client.isReadable(withinMilliseconds: 100))
            #expect(try client.get("/hello").status == 200)
        }
    }

    @Test func `a client that sends and never reads is not buffered without end`() throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        var small: Int32 = 4096
        setsockopt(client.descriptor, SOL_SOCKET, SO_RCVBUF, &small, socklen_t(MemoryLayout<Int32>.size))
        let requests = Array(String(repeating: "GET /big HTTP/1.1\r\nHost: x\r\n\r\n", count: 4000).utf8)
        _ = fcntl(client.descriptor, F_SETFL, O_NONBLOCK)
        var sent = 0
        var target = pollfd(fd: client.descriptor, events: Int16(POLLOUT), revents: 0)
        while sent < 256_000_000, poll(&target, 1, 500) == 1 {
            let count = requests.withUnsafeBytes {
                send(client.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        // What the kernel's socket buffers hold, not what the server would.
        #expect(sent < 64_000_000)
        #expect(try stillAnswers(server))
    }
}
