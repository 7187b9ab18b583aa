import Foundation
import Testing

/// What the programs tell a service manager when neither Postgres nor Kafka is there.
@Suite(.enabled(if: Project.relay != nil, "the program was not built"))
struct NotifySocketTests {
    @Test(arguments: [
        ("outbox-relay", "there is no connection to PostgreSQL"), ("outbox-consumer", "stock: starting: "),
    ])
    func `without servers it feeds the watchdog, is not ready, and stops when it is told to`(name: String, reason: String) throws
    {
        let manager = try NotifySocket()
        let program = Process()
        program.executableURL = URL(fileURLWithPath: try #require(Project.built(name)))
        program.arguments = ["run"]
        // Ports of the loopback that nobody serves.
        program.environment = [
            "NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "2000000", "OUTBOX_HTTP_LISTEN": "off",
            "OUTBOX_POSTGRES_DSN": "host=127.0.0.1 port=1 user=nobody dbname=none",
            "OUTBOX_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:2",
        ]
        program.standardError = FileHandle.nullDevice
        try program.run()
        defer { program.terminate() }
        var heard: [String] = []
        // The last one comes when it has connected in vain at least once.
        while heard.count < 3, let message = manager.receive(seconds: 20) { heard.append(message) }
        #expect(heard.count == 3)
        #expect(heard.allSatisfy { $0.hasPrefix("WATCHDOG=1\nSTATUS=") }, "\(heard)")
        #expect(heard.last?.contains(reason) == true, "\(heard)")
        program.terminate()
        heard = []
        while heard.last != "STOPPING=1", let message = manager.receive(seconds: 20) { heard.append(message) }
        #expect(heard.last == "STOPPING=1", "\(heard)")
        program.waitUntilExit()
        #expect(program.terminationStatus == 0)
        #expect(program.terminationReason == .exit)
    }
}

/// A service manager's end of NOTIFY_SOCKET.
private final class NotifySocket {
    let path: String
    private let descriptor: Int32

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("notify-\(UUID().uuidString.prefix(8))").path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// The next message; nil when none comes in time.
    func receive(seconds: Int32) -> String? {
        var target = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&target, 1, seconds * 1000) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }
}
