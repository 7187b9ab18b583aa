import COpenSSL
import Foundation
import Glibc
import HTTPServer
import Synchronization
import Telemetry
import Testing

@Suite struct TLSTests {
    private let certificate: TestCertificate

    init() throws {
        certificate = try TestCertificate(name: "first")
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
    func `requests are answered, and the end is announced`(version: Int32) throws {
        let server = try RunningServer(tls: certificate.files) { $0.get("/tls") { .text("\($0.isTLS)") } }
        let client = try TLSClient(port: server.port, version: version)
        #expect(client.version == version)
        #expect(client.certificateName == "/CN=first")
        #expect(client.get("/tls").hasSuffix("\r\n\r\ntrue"))
        #expect(client.wasToldTheEnd)
    }

    @Test func `versions before 1_2 are refused`() throws {
        let server = try RunningServer(tls: certificate.files)
        #expect(throws: RawClientError.self) { try TLSClient(port: server.port, version: TLS1_1_VERSION) }
        #expect(try TLSClient(port: server.port).get("/hello").hasSuffix("hello\n"))
    }

    @Test func `http/1_1 is chosen among the protocols offered`() throws {
        let server = try RunningServer(tls: certificate.files)
        #expect(try TLSClient(port: server.port, protocols: ["h2", "http/1.1"]).chosenProtocol == "http/1.1")
        #expect(try TLSClient(port: server.port, protocols: ["h2"]).chosenProtocol == "")
    }

    @Test(arguments: [TLS1_2_VERSION, TLS1_3_VERSION]) func `a session is resumed by its ticket`(version: Int32) throws {
        let server = try RunningServer(loops: 2, tls: certificate.files)
        let first = try TLSClient(port: server.port, version: version)
        #expect(!first.isResumed)
        _ = first.get("/hello")
        let session = try #require(first.session)
        defer { SSL_SESSION_free(session) }
        let second = try TLSClient(port: server.port, version: version, session: session)
        #expect(second.isResumed)
        #expect(second.get("/hello").hasSuffix("hello\n"))
    }

    @Test func `a large answer arrives whole`() throws {
        let server = try RunningServer(tls: certificate.files)
        #expect(try TLSClient(port: server.port).get("/big").utf8.count > RunningServer.bigBody.count)
    }

    @Test func `a stream talks in both directions, also with what came behind the head`() throws {
        let log = StreamLog()
        let server = try RunningServer(tls: certificate.files) {
            $0.stream(
                "/s", log,
                ScriptedHandler.Script(
                    open: { $0.write("\($0.isTLS) \($0.peer)|") },
                    received: { stream, bytes in
                        stream.write(String(decoding: bytes, as: UTF8.self).uppercased())
                    }))
        }
        let client = try TLSClient(port: server.port)
        client.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\nbehind")
        let head = String(decoding: client.read(ResponseSize.eventStream), as: UTF8.self)
        #expect(head.hasSuffix("\r\n\r\n"))
        #expect(client.read(21) == Array("true 127.0.0.1|BEHIND".utf8))
        // Several records in one segment: what OpenSSL has decrypted the kernel does not tell.
        for round in 0..<50 {
            let text = String(repeating: "a", count: 1 + round * 700)
            client.send(text)
            #expect(client.read(text.utf8.count) == Array(text.uppercased().utf8))
        }
    }

    @Test(arguments: [(1, TLS1_2_VERSION), (1, TLS1_3_VERSION), (300, TLS1_3_VERSION), (20_000, TLS1_3_VERSION)])
    func `a stream blocks, becomes writable, and loses nothing`(vectors: Int, version: Int32) throws {
        let log = StreamLog()
        let pump = Pump(vectors: vectors)
        let server = try RunningServer(tls: certificate.files) {
            $0.stream("/s", log, ScriptedHandler.Script(open: { pump.run($0, log) }, writable: { pump.run($0, log) }))
        }
        let client = try TLSClient(port: server.port, version: version)
        client.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(log.wait { $0.contains(.note("blocked")) })
        _ = client.read(ResponseSize.eventStream)
        #expect(client.read(Pump.size) == Pump.bytes)
        #expect(pump.isDone)
    }

    @Test func `finish sends the record that was begun, then the end`() throws {
        let log = StreamLog()
        let taken = Atomic<Int>(0)
        let server = try RunningServer(tls: certificate.files) { router in
            router.stream(
                "/s", log,
                ScriptedHandler.Script(open: { stream in
                    while stream.isWritable { taken.add(stream.write(String(repeating: "x", count: 10_000)), ordering: .relaxed) }
                    stream.finish(timeoutMilliseconds: 9000)
                    log.add(.note("filled"))
                }))
        }
        let client = try TLSClient(port: server.port)
        client.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(log.wait { $0.contains(.note("filled")) })
        let got = client.readToEnd()
        #expect(got.count == taken.load(ordering: .relaxed) + ResponseSize.eventStream)
        #expect(client.wasToldTheEnd)
        client.raw.endSending()
        #expect(log.waitForEnds())
        #expect(log.ends == [.finished])
    }

    @Test func `a client that leaves is noticed, with and without TLS's farewell`() throws {
        let log = StreamLog()
        let server = try RunningServer(tls: certificate.files) { $0.stream("/s", log) }
        for round in 1...4 {
            var client: TLSClient? = try TLSClient(port: server.port)
            client?.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = client?.read(ResponseSize.eventStream)
            if round.isMultiple(of: 2) { client?.raw.endSending() }
            if round == 3 { client?.raw.reset() }
            client = nil
            #expect(log.waitForEnds(round))
        }
        #expect(log.ends.count == 4)
        // Browsers leave without a farewell: that is no failure.
        #expect(log.ends[0] == .clientClosed && log.ends[1] == .clientClosed && log.ends[3] == .clientClosed)
        #expect(server.server.statistics.streams == 0)
    }

    @Test(arguments: ["GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "\u{16}\u{3}\u{1}\u{0}\u{5}hello", "\0\0\0\0\0\0\0\0", "\u{16}"])
    func `plain bytes end their connection and nothing else`(bytes: String) throws {
        let server = try RunningServer(tls: certificate.files, limits: HTTPLimits(handshakeTimeoutMilliseconds: 2_000))
        let client = try RawClient(port: server.port)
        client.send(bytes)
        #expect(try !client.readToEnd().contains("HTTP"))
        #expect(try TLSClient(port: server.port).get("/hello").hasSuffix("hello\n"))
    }

    @Test(arguments: [false, true]) func `a slow handshake and a slow head end in time`(isShaken: Bool) throws {
        let server = try RunningServer(tls: certificate.files, limits: HTTPLimits(handshakeTimeoutMilliseconds: 200))
        if isShaken {
            let client = try TLSClient(port: server.port)
            client.send("GET /hel")
            #expect(client.readToEnd() == [])
        } else {
            #expect(try RawClient(port: server.port).readToEnd() == "")
        }
    }

    @Test func `connections that come too fast are closed before they cost a handshake`() throws {
        let server = try RunningServer(tls: certificate.files, limits: HTTPLimits(acceptsPerSecond: 1, acceptBurst: 3))
        for _ in 0..<3 { #expect(try TLSClient(port: server.port).get("/hello").hasSuffix("hello\n")) }
        // On a machine that takes a second for a handshake one more may get in.
        var others: [TLSClient] = []
        for _ in 0..<20 where server.server.statistics.dropped == 0 {
            if let client = try? TLSClient(port: server.port) { others.append(client) }
        }
        #expect(server.server.statistics.dropped == 1 && others.count < 20)
    }

    @Test func `a new certificate is for new connections, and open ones go on`() throws {
        let log = StreamLog()
        let server = try RunningServer(tls: certificate.files) {
            $0.stream("/s", log, ScriptedHandler.Script(received: { stream, bytes in stream.write("again") }))
        }
        let old = try TLSClient(port: server.port)
        old.send("GET /s HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = old.read(ResponseSize.eventStream)
        try certificate.make(name: "second")
        #expect(try TLSClient(port: server.port).certificateName == "/CN=first")
        try server.server.reloadCertificate()
        #expect(try TLSClient(port: server.port).certificateName == "/CN=second")
        old.send("x")
        #expect(old.read(5) == Array("again".utf8))
        let expiry = try #require(server.server.certificateExpiry)
        let now = Int64(Date().timeIntervalSince1970)
        #expect((now + 86_400...now + 3 * 86_400).contains(expiry))
    }

    @Test func `a bad new certificate leaves the old one`() throws {
        let server = try RunningServer(tls: certificate.files)
        #expect(!server.server.isCertificateOutdated)
        let other = try TestCertificate(name: "other")
        try Data(contentsOf: URL(fileURLWithPath: other.path("key.pem")))
            .write(to: URL(fileURLWithPath: certificate.path("key.pem")))
        let error = #expect(throws: TLSError.self) { try server.server.reloadCertificate() }
        #expect(error?.description == "cannot use \(certificate.path("key.pem")): key values mismatch")
        #expect(server.server.isCertificateOutdated)
        #expect(try TLSClient(port: server.port).certificateName == "/CN=first")
        try certificate.make(name: "second")
        try server.server.reloadCertificate()
        #expect(!server.server.isCertificateOutdated)
    }

    /// In a process of its own, whose log is read.
    @Test func `files that change are read again, and one that is of no use is reported once`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let certificate = try TestCertificate(name: "first")
            var files = certificate.files
            files.checkMilliseconds = 5
            let server = try RunningServer(tls: files, logger: Logger(level: .info, format: .json))
            func waitFor(_ name: String) throws {
                let deadline = Date().addingTimeInterval(10)
                while try TLSClient(port: server.port).certificateName != "/CN=\(name)" { try #require(Date() < deadline) }
            }
            try certificate.make(name: "second")
            try waitFor("second")
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: certificate.path("cert.pem")))
            for _ in 0..<30 { try #require(try TLSClient(port: server.port).certificateName == "/CN=second") }
            try certificate.make(name: "third")
            try waitFor("third")
        }
        let log = String(decoding: try #require(result).standardErrorContent, as: UTF8.self).split(separator: "\n")
        #expect(log.contains { $0.contains("TLS certificate read again") })
        let bad = log.filter { $0.contains("new TLS certificate not usable") && $0.contains("cert.pem: ") }
        #expect(bad.count >= 1)
        #expect(!log.contains { $0.contains("PRIVATE") })
    }

    @Test func `what cannot be used is named, and nobody is asked for a pass phrase`() throws {
        func error(_ files: TLSFiles) -> String? {
            let error = #expect(throws: HTTPServerError.self) {
                try HTTPServer(listen: RunningServer.anyPort(), routes: Router(), tls: files, logger: .disabled)
            }
            return error?.description
        }
        let missing = certificate.path("missing.pem")
        let key = certificate.path("locked.pem")
        #expect(error(TLSFiles(certificate: missing, key: missing)) == "cannot use \(missing): No such file or directory")
        try certificate.openssl("ec", "-aes128", "-passout", "pass:secret", "-in", certificate.files.key, "-out", key)
        #expect(error(TLSFiles(certificate: certificate.files.certificate, key: key))?.hasPrefix("cannot use \(key): ") == true)
    }
}

/// Bytes of the heads that the streams here begin with.
enum ResponseSize {
    static let eventStream = [
        "HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Cache-Control: no-cache, no-transform", "X-Accel-Buffering: no",
        "Connection: close", "", "",
    ].joined(separator: "\r\n").utf8.count
}
