import Glibc
import LocalServers
import ServiceRuntime
import Synchronization

/// The way of events to browsers: `outbox-fanout` as a process, and one client that stands for all browsers.
final class BrowserSide: Sendable {
    let process: DemoProcess
    private let port: Int
    private let stream = Mutex<BrowserStream?>(nil)

    /// The program beside `outbox-relay`; nil when it is not there.
    static func program(beside relay: String) -> String? {
        let folder = relay.lastIndex(of: "/").map { relay[..<$0] } ?? "."
        let path = "\(folder)/outbox-fanout"
        return access(path, X_OK) == 0 ? path : nil
    }

    /// Starts it; the topic should exist, else it is found a second later.
    init(program: String, kafka: DemoKafka) throws(DemoError) {
        do throws(LocalServerError) { port = try FreePort.next() } catch { throw DemoError("\(error)") }
        var settings = [
            (key: "kafka.bootstrap.servers", value: kafka.bootstrap), (key: "listen", value: "127.0.0.1:\(port)"),
            (key: "topic", value: DemoOptions.browserTopic), (key: "auth", value: "off"),
            // Whoever looks at the page when it all ends waits for nothing.
            (key: "drain.window.ms", value: "0"),
        ]
        // The mock broker answers an empty fetch only after the full wait, also when a record comes in meanwhile.
        if kafka.isMock { settings.append((key: "kafka.fetch.wait.max.ms", value: "2")) }
        process = try DemoProcess("fan-out", program: program, settings: settings)
    }

    /// Where people look at it.
    var pageURL: String { "http://127.0.0.1:\(port)/" }

    /// Lets the client in; from then on events are entered.
    func connect(_ recorder: DeliveryRecorder) throws(DemoError) {
        let connected = try BrowserStream(port: port, path: "/sse?channels=all", recorder: recorder)
        stream.withLock { $0 = connected }
    }

    /// Callable any number of times.
    func destroy() {
        stream.withLock { stream in
            stream?.stop()
            stream = nil
        }
        process.destroy()
    }
}
