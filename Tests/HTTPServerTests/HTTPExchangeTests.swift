import Foundation
import HTTPServer
import Testing

/// What clients see that behave, on a real server.
@Suite struct HTTPExchangeTests {
    @Test func `GET answers with the handler's body, its length and type`() throws {
        let server = try RunningServer()
        let response = try RawClient(port: server.port).get("/hello")
        #expect(response.status == 200)
        #expect(response.text == "hello\n")
        #expect(response.header("Content-Type") == "text/plain; charset=utf-8")
        #expect(response.header("Content-Length") == "6")
    }

    @Test func `a request split at any byte is understood`() throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        let request = Array("GET /echo?a=b HTTP/1.1\r\nHost: x\r\nX-Test: t\r\n\r\n".utf8)
        for split in 1..<request.count {
            client.send(request[..<split])
            client.send(request[split...])
            #expect(try client.response().text == "/echo|a=b|t")
        }
        for byte in request {
            client.send([byte])
        }
        #expect(try client.response().text == "/echo|a=b|t")
    }

    @Test func `HEAD answers as GET without the body`() throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        for target in ["/hello", "/nowhere"] {
            let whole = try client.get(target)
            client.send("HEAD \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
            let head = try client.response(hasBody: false)
            #expect(head.status == whole.status)
            #expect(head.header("Content-Length") == whole.header("Content-Length"))
            #expect(head.header("Content-Type") == whole.header("Content-Type"))
        }
        #expect(try client.get("/hello").text == "hello\n")
    }

    @Test func `pipelined requests are answered in their order`() throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        client.send((0..<200).map { "GET /echo?n=\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined())
        for index in 0..<200 {
            #expect(try client.response().text == "/echo|n=\(index)|")
        }
    }

    @Test(arguments: [
        ("/echo", "/echo||"), ("/%65cho", "/echo||"), ("/echo?a=%20b+c&d", "/echo|a= b c;d=|"),
        ("/echo?a=%C3%BC", "/echo|a=ü|"), ("/echo?a=%FF%FEx", "/echo|a=\u{FFFD}\u{FFFD}x|"), ("/echo?a=%", "/echo|a=%|"),
        ("/echo?a=%4", "/echo|a=%4|"), ("/echo?a=%zz", "/echo|a=%zz|"), ("/echo?a=%00b", "/echo|a=\u{0}b|"),
        ("/echo?&&=&=x&a==b", "/echo|=;=x;a==b|"), ("http://elsewhere:1/echo?x=1", "/echo|x=1|"),
    ])
    func `targets are decoded, whatever they hold`(target: String, text: String) throws {
        let server = try RunningServer()
        #expect(try RawClient(port: server.port).get(target).text == text)
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
    func `another method is refused with Allow`(method: String) throws {
        let server = try RunningServer()
        let client = try RawClient(port: server.port)
        client.send("\(method) /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        let response = try client.response()
        #expect(response.status == 405)
        #expect(response.header("Allow") == "GET, HEAD")
    }

    @Test func `HTTP 1_0 and Connection close end the connection after the answer`() throws {
        let server = try RunningServer()
        for request in ["GET /hello HTTP/1.0\r\n\r\n", "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"] {
            let client = try RawClient(port: server.port)
            client.send(request)
            #expect(try client.readToEnd().hasSuffix("\r\n\r\nhello\n"))
        }
    }

    @Test func `a large answer arrives whole`() throws {
        let server = try RunningServer()
        #expect(try RawClient(port: server.port).get("/big").body == RunningServer.bigBody)
    }

    @Test func `a header value of ours cannot break the head`() throws {
        let server = try RunningServer { router in
            router.get("/split") { _ in
                HTTPResponse(contentType: "text/plain", headers: [("X-Bad", "a\r\nX-Evil: 1"), ("X-Good", "b")])
            }
        }
        let response = try RawClient(port: server.port).get("/split")
        #expect(response.header("X-Evil") == nil)
        #expect(response.header("X-Good") == "b")
    }

    @Test func `several clients at once get their own answers`() throws {
        let server = try RunningServer()
        let port = server.port
        DispatchQueue.concurrentPerform(iterations: 4) { number in
            do {
                let client = try RawClient(port: port)
                for index in 0..<1000 {
                    let text = try client.get("/echo?c=\(number)&i=\(index)").text
                    guard text == "/echo|c=\(number);i=\(index)|" else {
                        Issue.record("client \(number), request \(index): \(text)")
                        return
                    }
                }
            } catch {
                Issue.record(error)
            }
        }
    }
}
