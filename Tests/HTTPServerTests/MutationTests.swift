import Foundation
import Glibc
import HTTPServer
import Synchronization
import Telemetry
import Testing

/// Requests with random damage, by the ten thousand, against a running server. A crash ends the test run.
@Suite struct MutationTests {
    private static let seeds = [
        "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "GET /echo?a=%41&b=c+d HTTP/1.1\r\nHost: x\r\nX-Test: y\r\n\r\n",
        "POST /in/7 HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world",
        "POST /in/7 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;a=b\r\n world\r\n"
            + "0\r\nTrailer: x\r\n\r\n",
        "GET /s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbehind the head",
        "PUT /in/7 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
        "HEAD http://[::1]:80/hello?x#y HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ]

    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
    }

    private static func mutated(_ random: inout Random) -> [UInt8] {
        var bytes = Array((seeds.randomElement(using: &random) ?? "").utf8)
        if Int.random(in: 0..<4, using: &random) == 0 {
            bytes += Array((seeds.randomElement(using: &random) ?? "").utf8)
        }
        let special: [UInt8] = [0, 10, 13, 32, 9, 58, 37, 47, 59, 44, 45, 43, 128, 255, 34, 48, 57, 102]
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...20, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.insert(special.randomElement(using: &random) ?? 0, at: place)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 4: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    @Test(arguments: [false, true]) func `damaged requests harm nobody`(isTLS: Bool) throws {
        let log = StreamLog()
        let certificate = try TestCertificate(name: "x")
        let server = try RunningServer(loops: 2, tls: isTLS ? certificate.files : nil) { router in
            router.stream(
                "/s", log,
                ScriptedHandler.Script(received: { stream, bytes in
                    stream.write(String(decoding: bytes, as: UTF8.self))
                    if bytes.count.isMultiple(of: 3) { stream.finish(timeoutMilliseconds: 100) }
                    if bytes.count.isMultiple(of: 5) { stream.close() }
                }))
            router.post("/in/{id}") { .text(String(decoding: $0.body, as: UTF8.self)) }
            router.put("/in/{id}") { .text(String(decoding: $0.body, as: UTF8.self)) }
        }
        let port = server.port
        let rounds = isTLS ? 500 : 5000
        DispatchQueue.concurrentPerform(iterations: 4) { thread in
            var random = Random(state: 0x9E37_79B9_7F4A_7C15 &+ UInt64(thread) &* 77)
            do {
                for _ in 0..<rounds {
                    let bytes = Self.mutated(&random)
                    if isTLS {
                        let client = try TLSClient(port: port)
                        client.send(bytes)
                        client.raw.endSending()
                        _ = client.readToEnd()
                    } else {
                        let client = try RawClient(port: port)
                        let cut = Int.random(in: 0...bytes.count, using: &random)
                        client.send(bytes[..<cut])
                        client.send(bytes[cut...])
                        if Int.random(in: 0..<8, using: &random) == 0 { client.reset() } else { client.endSending() }
                        _ = try client.readToEnd()
                    }
                }
            } catch {
                Issue.record(error)
            }
        }
        if isTLS {
            #expect(try TLSClient(port: port).get("/hello").hasSuffix("hello\n"))
        } else {
            #expect(try server.stillAnswers())
        }
        server.server.stop()
        #expect(server.server.statistics.streams == 0)
        #expect(server.server.statistics.connections == 0)
        #expect(log.entries.count { if case .opened = $0 { true } else { false } } == log.ends.count)
        #expect(log.ends.count > rounds / 10)
    }
}
