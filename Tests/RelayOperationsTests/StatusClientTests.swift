import Configuration
import RelayOperations
import Testing

struct StatusClientTests {
    @Test(
        arguments: [
            ("http://a:1", "a", 1), ("http://a", "a", 9464), ("a:80/status?x", "a", 80), ("HTTP://[::1]:7/", "::1", 7),
            ("[::1]", "::1", 9464),
        ] as [(String, String, UInt16)])
    func `addresses are read`(url: String, host: String, port: UInt16) {
        #expect(StatusAddress(url: url) == StatusAddress(host: host, port: port))
    }

    @Test(arguments: [
        "", "https://a", "ftp://a", "http://", "a:0", "a:99999", "a:b", "[::1", "http://u:p@a:1", "a b:1", "[::1]7",
    ])
    func `other addresses are refused`(url: String) {
        #expect(StatusAddress(url: url) == nil)
    }

    @Test(arguments: [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("relay", "relay")])
    func `all interfaces are asked on loopback`(listen: String, host: String) {
        #expect(StatusAddress(ListenAddress(host: listen, port: 5)) == StatusAddress(host: host, port: 5))
        #expect(StatusAddress(ListenAddress(host: listen, port: 0)) == nil)
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", "HTTP/1.0 200 OK\r\n\r\n{}",
        "HTTP/1.1 200\r\ncontent-length:2\r\nA: b\r\n\r\n{}",
    ])
    func `the body of an answer is taken`(answer: String) throws {
        #expect(try StatusClient.parse(Array(answer.utf8)).get() == "{}")
    }

    @Test(arguments: [
        ("", "without an answer"), ("\r\n\r\n", "not HTTP"), ("SSH-2.0-x\r\n", "not HTTP"), ("HTTP/1.1 x\r\n\r\n", "not HTTP"),
        ("HTTP/1.1 503 No\r\n\r\nbody", "503"), ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "not complete"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", "not complete"), ("HTTP/1.1 200 OK\r\n", "not HTTP"),
        ("H", "not HTTP"),
    ])
    func `what is no good answer is named`(answer: String, reason: String) {
        guard case .failure(let error) = StatusClient.parse(Array(answer.utf8)) else {
            Issue.record("taken for an answer")
            return
        }
        #expect(error.description.contains(reason))
    }
}
