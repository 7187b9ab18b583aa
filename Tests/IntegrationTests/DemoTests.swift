import Drills
import Foundation
import Glibc
import LocalServers
import ServiceRuntime
import TestSupport
import Testing

/// `outbox-relay demo` as `make demo` runs it, on the mock broker.
@Suite(.needsServers) struct DemoTests {
    private struct Report: Decodable {
        struct Browser: Decodable {
            let written: Int
            let delivered: Int
        }
        struct Connect: Decodable {
            let pageUrl: String
            let relayLog: String
        }
        let clean: Bool
        let written: Int
        let browser: Browser
        let connect: Connect
    }

    /// Waits until the demo has printed its verdict.
    private func report(_ path: String, _ process: ChildProcess) throws -> Report? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let deadline = MonotonicTime.now() + 120_000_000_000
        while MonotonicTime.now() < deadline {
            if let data = FileManager.default.contents(atPath: path), let report = try? decoder.decode(Report.self, from: data) {
                return report
            }
            guard process.isRunning else { return nil }
            usleep(20_000)
        }
        return nil
    }

    @Test func `a browser gets its events, a page shows what goes on, and an interrupt ends it all`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var command = ChildCommand(RelayUnderTest.executable, ["demo", "--seconds", "1", "--rate", "200", "--keep", "--json"])
        // Empty is as good as unset: the mock broker.
        command.environment = ["KAFKA_HOME": ""]
        command.standardOutput = .file("\(folder.path)/verdict.json")
        command.standardError = .file("\(folder.path)/screen.txt")
        let process = try ChildProcess(command)
        defer { process.terminate(graceMilliseconds: 10_000) }
        func screen() -> String {
            FileManager.default.contents(atPath: "\(folder.path)/screen.txt").map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        let report = try #require(try report("\(folder.path)/verdict.json", process), "\(screen())")
        #expect(report.clean, "\(screen())")
        #expect(report.browser.written > 10 && report.browser.delivered == report.browser.written)
        #expect(report.written > report.browser.written)

        let port = try #require(URL(string: report.connect.pageUrl)?.port)
        #expect(HTTPGet(port: port, path: "/")?.body.contains("Live events") == true)
        let deadline = MonotonicTime.now() + 20_000_000_000
        while !screen().contains("\(report.connect.pageUrl) in a browser shows"), MonotonicTime.now() < deadline {
            usleep(20_000)
        }
        #expect(screen().contains("\(report.connect.pageUrl) in a browser shows"), "\(screen())")
        // Orders go on.
        let stream = try EventCount(port: port)
        #expect(stream.waitForEvents(2, seconds: 20))

        process.signal(SIGINT)
        #expect(process.wait(timeoutMilliseconds: 20_000) == .exited(0), "\(screen())")
        #expect(HTTPGet(port: port, path: "/") == nil)
        #expect(!FileManager.default.fileExists(atPath: report.connect.relayLog))
    }
}

/// Counts the events that come over an event stream.
private final class EventCount {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let request = Array("GET /sse HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
        guard connected == 0, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw LocalServerError("the fan-out of the demo cannot be reached")
        }
    }

    deinit { close(descriptor) }

    func waitForEvents(_ count: Int, seconds: Int64) -> Bool {
        let deadline = MonotonicTime.now() + seconds * 1_000_000_000
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while MonotonicTime.now() < deadline {
            let got = recv(descriptor, &chunk, chunk.count, 0)
            if got == 0 { return false }
            if got > 0 { text += String(decoding: chunk.prefix(got), as: UTF8.self) }
            if text.components(separatedBy: "\"event_id\":").count > count { return true }
        }
        return false
    }
}
