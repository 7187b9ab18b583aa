import Glibc
import ServiceRuntime
import Synchronization

/// Receives events as a browser would, over an event stream of the fan-out, on a thread of its own, and enters what it finds.
final class BrowserStream: Sendable {
    private static let headEnd = Array("\r\n\r\n".utf8)

    private let descriptor: Int32
    private let recorder: DeliveryRecorder
    private let thread = Mutex<OwnedThread?>(nil)

    /// Connects, and returns when the server has answered: every event that is committed from now on will come.
    init(port: Int, path: String, recorder: DeliveryRecorder) throws(DemoError) {
        self.recorder = recorder
        guard let descriptor = LocalHTTP.open(port: port, path: path, accept: "text/event-stream") else {
            throw DemoError("The fan-out cannot be reached on port \(port).")
        }
        self.descriptor = descriptor
        var head: [UInt8] = []
        var byte: UInt8 = 0
        while !head.suffix(4).elementsEqual(Self.headEnd) {
            guard recv(descriptor, &byte, 1, 0) == 1 else {
                close(descriptor)
                throw DemoError("The fan-out did not answer GET \(path).")
            }
            head.append(byte)
        }
        let line = String(decoding: head.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        guard line.hasPrefix("HTTP/1.1 200") else {
            close(descriptor)
            throw DemoError("The fan-out answered GET \(path) with \(line).")
        }
        // From here on silence is no fault.
        var limit = timeval(tv_sec: 0, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        do throws(SystemError) {
            let started = try OwnedThread.start(name: "browser") { [self] in run() }
            thread.withLock { $0 = started }
        } catch {
            close(descriptor)
            throw DemoError("\(error)")
        }
    }

    /// Ends the connection and waits for the thread. To be called once.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        thread.withLock { $0 }?.join()
        close(descriptor)
    }

    private func run() {
        var parser = EventStreamParser()
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                return
            }
            let now = MonotonicTime.now()
            for message in parser.add(buffer[..<count]) where message.name == "message" { enter(message.data, at: now) }
        }
    }

    private func enter(_ envelope: [UInt8], at time: Int64) {
        recorder.arriveAtBrowser(
            id: EnvelopeText.text("event_id", in: envelope) ?? "",
            key: EnvelopeText.number("aggregate_id", in: envelope).map { String($0) } ?? "",
            sequence: OrderEvent.sequence(in: envelope), at: time)
    }
}
