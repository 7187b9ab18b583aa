import Foundation
import Glibc
import LocalServers
import ServiceRuntime
import TestSupport

/// `Tests/Doubles/fanout_double.py`: a server that speaks the fan-out's protocol and does what a test tells it.
final class FanoutDouble {
    let http: LoopbackHTTP
    private let process: ChildProcess

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    init() throws {
        let port = try FreePort.next()
        http = LoopbackHTTP(port: port)
        var command = ChildCommand(
            "/usr/bin/python3",
            ["\(Self.root)/Tests/Doubles/fanout_double.py", "\(port)", "\(Self.root)/Sources/FanoutPage/web"])
        command.standardOutput = .null
        process = try ChildProcess(command)
        let deadline = MonotonicTime.now() + 20_000_000_000
        while (try? status()) == nil {
            guard process.isRunning, MonotonicTime.now() < deadline else { throw LocalServerError("the double did not start") }
            usleep(20_000)
        }
    }

    deinit { process.terminate(graceMilliseconds: 0) }

    /// The page.
    var address: String { "http://127.0.0.1:\(http.port)/" }
    /// An empty page of the same origin.
    var blank: String { "\(address)double/blank" }

    func publish(_ count: Int, channel: String = "public", type: String = "TEST_EVENT") throws {
        _ = try http.request("POST", "/double/publish?count=\(count)&channel=\(channel)&type=\(type)")
    }

    /// Ends all streams with this close code; 0: without a word.
    func cut(code: Int = 1012) throws { _ = try http.request("POST", "/double/cut?code=\(code)") }

    /// Tells all streams the cursor, without an event.
    func tell() throws { _ = try http.request("POST", "/double/tell") }

    func set(_ name: String, _ value: String) throws { _ = try http.request("POST", "/double/set?\(name)=\(value)") }

    struct Status: Decodable {
        /// Open streams of each kind.
        let websocket: Int
        let sse: Int
        /// Streams that were begun so far.
        let served: Int
        let tokens: [String]
        let subscribed: [String]
        /// The number of the last event.
        let last: Int
    }

    func status() throws -> Status {
        try JSONDecoder().decode(Status.self, from: Data(try http.request("GET", "/double/status").body))
    }

    func wait(_ what: String, until isEnough: (Status) -> Bool) throws {
        let deadline = MonotonicTime.now() + 20_000_000_000
        while true {
            let now = try status()
            if isEnough(now) { return }
            guard MonotonicTime.now() < deadline else { throw LocalServerError("\(what) did not come; last: \(now)") }
            usleep(25_000)
        }
    }
}
