import Foundation
import Glibc
import HTTPServer
import Telemetry
import Testing

/// Every limit, reached.
@Suite struct LimitTests {
    @Test(arguments: ["POST", "PUT", "PATCH"])
    func `a body reaches its handler, with a length and in chunks`(method: String) throws {
        let server = try RunningServer { router in
            router.on(method, "/in/{id}") { request in
                HTTPResponse(contentType: "text/plain", body: Array((request.parameters["id"] ?? "").utf8) + request.body)
            }
        }
        let client = try RawClient(port: server.port)
        let body = Array(Pump.bytes.prefix(60_000))
        client.send("\(method) /in/7 HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
        client.send(body)
        #expect(try client.response().body == [UInt8(ascii: "7")] + body)
        client.send("\(method) /in/8 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        #expect(try client.response().text == "8abcde")
        client.send("\(method) /in/9 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        #expect(try client.response().text == "9")
        client.send("\(method) /in/9 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        #expect(try client.response().status == 100)
        client.send("ok")
        #expect(try client.response().text == "9ok")
    }

    @Test func `a body over the limit is answered 413 and ends the connection`() throws {
        let server = try RunningServer(limits: HTTPLimits(bodyBytes: 1000)) { $0.post("/in") { _ in .text("in") } }
        let client = try RawClient(port: server.port)
        client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "a", count: 1000))
        #expect(try client.response().status == 200)
        client.send("POST /in HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + String(repeating: "a", count: 1001))
        #expect(try client.response().status == 413)
        #expect(try client.readToEnd() == "")
        let chunked = try RawClient(port: server.port)
        chunked.send("POST /in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n500\r\n")
        #expect(try chunked.response().status == 413)
    }

    @Test func `a head over the limit is answered 400, one at the limit is not`() throws {
        let server = try RunningServer(limits: HTTPLimits(headerBytes: 500))
        func status(_ padding: Int) throws -> Int {
            let client = try RawClient(port: server.port)
            client.send("GET /hello HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: padding) + "\r\n\r\n")
            return try client.response().status
        }
        #expect(try status(400) == 200)
        #expect(try status(600) == 400)
    }

    @Test(arguments: ["", "GET /hello HTTP/1.1\r\n", "POST /hello HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"])
    func `a first request that does not come in time ends the connection`(bytes: String) throws {
        let server = try RunningServer(limits: HTTPLimits(handshakeTimeoutMilliseconds: 100))
        let decent = try RawClient(port: server.port)
        #expect(try decent.get("/hello").status == 200)
        let client = try RawClient(port: server.port)
        client.send(bytes)
        #expect(try client.readToEnd() == "")
        // Only the first request is meant.
        #expect(!decent.isReadable(withinMilliseconds: 150))
        #expect(try decent.get("/hello").status == 200)
    }

    @Test func `clients over the limit are refused with Retry-After, when that is wanted, and get a place later`() throws {
        let log = StreamLog()
        let limits = HTTPLimits(connections: 5, whenFull: .refuse, retryAfterSeconds: 7)
        let server = try RunningServer(limits: limits) { $0.stream("/s", log) }
        var clients = try (0..<4).map { _ in try RawClient(port: server.port) }
        for client in clients { #expect(try client.get("/hello").status == 200) }
        let stream = try RawClient(port: server.port)
        stream.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try stream.response().status == 200)
        for target in ["/hello", "/s", "/nowhere"] {
            let refused = try RawClient(port: server.port)
            let response = try refused.get(target)
            #expect(response.status == 503)
            #expect(response.header("Retry-After") == "7")
            #expect(response.header("Connection") == "close")
            #expect(try refused.readToEnd() == "")
        }
        #expect(server.server.statistics.refused == 3)
        #expect(server.server.statistics.connections == 5)
        clients.removeLast()
        let deadline = Date().addingTimeInterval(10)
        // No answer at all: more than can be refused at once.
        while (try? RawClient(port: server.port).get("/hello").status) != 200 { try #require(Date() < deadline) }
    }

    @Test func `more than can be refused at once are closed`() throws {
        let server = try RunningServer(limits: HTTPLimits(connections: 1, whenFull: .refuse, refusedAtOnce: 2))
        let first = try RawClient(port: server.port)
        #expect(try first.get("/hello").status == 200)
        // These two say nothing and hold the places of those who are to be refused.
        let silent = try (0..<2).map { _ in try RawClient(port: server.port) }
        let closed = try RawClient(port: server.port)
        #expect(try closed.readToEnd() == "")
        #expect(server.server.statistics.dropped == 1)
        for client in silent { #expect(try client.get("/hello").status == 503) }
        #expect(try first.get("/hello").status == 200)
    }

    @Test func `connections that come too fast are refused, and later ones served`() throws {
        let server = try RunningServer(limits: HTTPLimits(acceptsPerSecond: 5, acceptBurst: 10))
        let statuses = try (0..<30).map { _ in try RawClient(port: server.port).get("/hello").status }
        #expect(statuses.prefix(10).allSatisfy { $0 == 200 })
        #expect(statuses.contains(503))
        #expect(server.server.statistics.accepted + server.server.statistics.refused == 30)
        let deadline = Date().addingTimeInterval(10)
        // No answer at all: more than can be refused at once.
        while (try? RawClient(port: server.port).get("/hello").status) != 200 { try #require(Date() < deadline) }
    }

    @Test func `an idle connection between requests is closed`() throws {
        let server = try RunningServer(limits: HTTPLimits(idleTimeoutMilliseconds: 100))
        let client = try RawClient(port: server.port)
        #expect(try client.get("/hello").status == 200)
        #expect(try client.readToEnd() == "")
    }
}
