import Drills
import Foundation
import LocalServers
import RealtimeAccess
import ServiceRuntime
import TestSupport
import Testing
import WebSocketCases

/// Clients that others wrote, and several instances.
@Suite(.needsServers) struct FanoutClientTests {
    private struct Seen: Decodable {
        let numbers: [Int]
        let kinds: [String]
        let subprotocol: String?
        let extensions: Int
        let subscribed: Bool
        let code: Int
    }

    /// Runs a script of `Tests/Doubles`.
    private func python(_ script: String, _ arguments: [String]) throws -> Seen {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Doubles").path
        let output = try run("/usr/bin/python3", ["\(folder)/\(script)"] + arguments)
        return try JSONDecoder().decode(Seen.self, from: Data(output.utf8))
    }

    private func run(_ program: String, _ arguments: [String]) throws -> String {
        let result = try CommandResult.of(ChildCommand(program, arguments))
        guard result.status == .exited(0) else {
            throw LocalServerError("\(program) ended with \(result.status): \(result.output) \(result.errors)")
        }
        return result.output
    }

    /// An event stream as curl gets it, until so many seconds have passed.
    private func curl(_ arguments: [String], seconds: Int = 2) throws -> String {
        // It ends by its own clock, with 28.
        let command = ChildCommand("curl", ["--silent", "--no-buffer", "--max-time", "\(seconds)"] + arguments)
        return try CommandResult.of(command).output
    }

    private func numbers(_ stream: String) -> [Int] {
        stream.split(separator: "\n").filter { $0.hasPrefix("data: ") }.compactMap { line in
            line.split(separator: "\"aggregate_id\":").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) }
        }
    }

    @Test func `websockets, autobahn and curl get the same events from two instances`() throws {
        try FanoutStage.perform { stage in
            let (first, second) = (try stage.start(), try stage.start())
            let cursor = try stage.cursor(first)
            try stage.write(1...200)
            for instance in [first, second] {
                let address = "ws://127.0.0.1:\(instance.port)/ws"
                for script in ["client_websockets.py", "client_autobahn.py"] {
                    let seen = try python(script, [address, cursor, "200"])
                    #expect(seen.numbers.sorted() == Array(1...200), "\(script)")
                    #expect(seen.subprotocol == "outbox.v1" && seen.extensions == 0)
                    #expect(seen.subscribed && seen.kinds.contains("error") && !seen.kinds.contains("reset"))
                    #expect(seen.code == 1000)
                }
                let stream = try curl(["-H", "Last-Event-ID: \(cursor)", "http://127.0.0.1:\(instance.port)/sse"])
                #expect(numbers(stream).sorted() == Array(1...200))
                #expect(stream.contains("event: connected") && stream.contains("\"recovered\":true"))
            }
        }
    }

    @Test func `a stop sends clients away one after the other, and all of them go on elsewhere`() throws {
        try FanoutStage.perform { stage in
            let (first, second) = (try stage.start([("drain.window.ms", "1500")]), try stage.start())
            let cursor = try stage.cursor(first)
            let clients = try (0..<20).map { _ in
                try WireClient(WebSocketPeer(port: UInt16(first.port), path: "/ws?cursor=\(cursor)"))
            }
            try stage.write(1...20)
            for client in clients { for _ in 1...20 { _ = try client.next("event") } }
            kill(first.pid, SIGTERM)
            #expect(Await.until(seconds: 5) { HTTPGet(port: first.httpPort, path: "/health/ready")?.status == 503 })
            #expect(HTTPGet(port: first.httpPort, path: "/health/live")?.status == 200)
            // Refused in words until the listening thread has heard of the stop, then nobody listens.
            #expect(Await.until(seconds: 5) { HTTPGet(port: first.port, path: "/api/realtime/cursor") == nil })
            // The youngest go first; each is told when to come back, and then closed.
            var times: [Int64] = []
            for client in clients.reversed() {
                _ = try client.next("reconnect")
                #expect(try client.closeCode() == 1012)
                times.append(MonotonicTime.now())
            }
            #expect(Await.until(seconds: 10) { !first.isRunning })
            #expect(first.terminate() == .exited(0))
            #expect((times.last ?? 0) - (times.first ?? 0) > 500_000_000, "all at once")
            try stage.write(21...40)
            let late = try WireClient(WebSocketPeer(port: UInt16(second.port), path: "/ws?cursor=\(cursor)"))
            #expect(try late.next("welcome").contains("\"recovered\":true"))
            for _ in 1...40 { _ = try late.next("event") }
        }
    }

    @Test func `keys and certificate are changed while it runs`() throws {
        let folder = try TemporaryFolder()
        let (old, new) = (try SigningKey.random(.es256, id: "old"), try SigningKey.random(.rs256, id: "new"))
        func publish(_ keys: SigningKey...) throws {
            let text = "{\"keys\":[\(try keys.map { try $0.verifyingJWK() }.joined(separator: ","))]}"
            try text.write(toFile: "\(folder.path)/keys", atomically: true, encoding: .utf8)
        }
        let authorities = [try CertificateAuthority(), try CertificateAuthority(commonName: "another authority")]
        func install(_ authority: CertificateAuthority) throws {
            let certificate = try authority.server()
            try (TextFile.read(certificate.keyPath) ?? "").write(toFile: "\(folder.path)/key", atomically: true, encoding: .utf8)
            try (TextFile.read(certificate.certificatePath) ?? "").write(
                toFile: "\(folder.path)/certificate", atomically: true, encoding: .utf8)
        }
        try publish(old)
        try install(authorities[0])
        try FanoutStage.perform { stage in
            let instance = try stage.start([
                ("auth", "jwt"), ("auth.jwt.jwks", "\(folder.path)/keys"), ("tls.certificate", "\(folder.path)/certificate"),
                ("tls.key", "\(folder.path)/key"),
            ])
            var visitor = try FanoutVisitor(instance)
            func status(_ authority: Int, _ token: String) throws -> String {
                try curl([
                    "--output", "/dev/null", "--write-out", "%{http_code}", "--cacert", authorities[authority].certificatePath,
                    "-H",
                    "Authorization: Bearer \(token)", "https://127.0.0.1:\(instance.port)/api/realtime/cursor",
                ])
            }
            visitor.key = old
            let oldToken = try visitor.token()
            visitor.key = new
            let newToken = try visitor.token()
            #expect(try status(0, oldToken) == "200")
            #expect(try status(0, newToken) == "401")
            #expect(try status(1, oldToken) == "000")

            try publish(new)
            #expect(try Await.until(seconds: 10, everyMilliseconds: 100) { try status(0, newToken) == "200" })
            #expect(try status(0, oldToken) == "401")
            try install(authorities[1])
            #expect(try Await.until(seconds: 10, everyMilliseconds: 100) { try status(1, newToken) == "200" })
            #expect(try status(0, newToken) == "000")

            let cursor = try curl([
                "--cacert", authorities[1].certificatePath, "-H", "Authorization: Bearer \(newToken)",
                "https://127.0.0.1:\(instance.port)/api/realtime/cursor",
            ]).split(separator: "\"")
            try stage.write(1...10)
            let seen = try python(
                "client_websockets.py",
                [
                    "wss://127.0.0.1:\(instance.port)/ws?access_token=\(newToken)",
                    String(try #require(cursor.dropFirst(3).first)),
                    "10", authorities[1].certificatePath,
                ])
            #expect(seen.numbers.sorted() == Array(1...10) && seen.code == 1000)
        }
    }
}
