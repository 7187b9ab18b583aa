import Glibc
import PostgresClient

/// A walsender session over a bare TCP socket, for a server that trusts us: just enough of the protocol to begin a COPY
/// (PostgreSQL documentation, 55.2 and 55.7). Used by one thread.
final class RawSession {
    private static let bufferBytes = 256 * 1024
    private let descriptor: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: RawSession.bufferBytes, alignment: 16)

    /// Connects to 127.0.0.1. Reads wait for 200 ms at most.
    init(port: Int) throws {
        descriptor = try LoopbackSocket.connect(port: port, receiveTimeoutMilliseconds: 200)
    }

    deinit {
        close(descriptor)
        buffer.deallocate()
    }

    /// Sends the startup message, with the settings that the relay's sessions have, and waits until the server is ready.
    func start(user: String, database: String) throws {
        let settings = ConnectionSettings.textFormatSettings.map { "-c \($0.name)=\($0.value)" }.joined(separator: " ")
        let parameters = [
            ("user", user), ("database", database), ("replication", "database"), ("client_encoding", "UTF8"),
            ("application_name", "outbox-bench limit"), ("options", settings),
        ]
        var body: [UInt8] = [0, 3, 0, 0]  // protocol 3.0
        for (name, value) in parameters { body += Array(name.utf8) + [0] + Array(value.utf8) + [0] }
        try send(Self.length(body.count + 5) + body + [0])
        try expect(UInt8(ascii: "Z"))
    }

    /// Sends the command and waits until the server answers with CopyBothResponse.
    func beginCopy(_ command: String) throws {
        let text = Array(command.utf8) + [0]
        try send([UInt8(ascii: "Q")] + Self.length(text.count + 4) + text)
        try expect(UInt8(ascii: "W"))
    }

    /// Hands the bytes of one read to `body`; returns how many there were, 0 when the wait was over.
    func receive(_ body: (UnsafeRawBufferPointer) -> Void) throws -> Int {
        let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 { body(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
        if count > 0 { return count }
        guard count < 0, errno == EAGAIN || errno == EINTR else { throw BenchError("the server closed the connection") }
        return 0
    }

    /// A standby status update that confirms nothing: all positions 0/0, which means "no change" (protocol.md 1.4).
    func sendStatus() throws {
        try send([UInt8(ascii: "d")] + Self.length(38) + [UInt8(ascii: "r")] + [UInt8](repeating: 0, count: 33))
    }

    /// Reads messages up to and including the first of this type.
    private func expect(_ wanted: UInt8) throws {
        while true {
            let head = try readExactly(5)
            let length = head[1...].reduce(0) { $0 << 8 | Int($1) } - 4
            guard (0...65_536).contains(length) else {
                throw BenchError("the server answers with something else than PostgreSQL")
            }
            let body = try readExactly(length)
            if head[0] == UInt8(ascii: "E") { throw BenchError("the server refuses: \(Self.message(body))") }
            if head[0] == wanted { return }
        }
    }

    private func readExactly(_ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var waits = 0
        while bytes.count < count {
            var chunk = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &chunk, chunk.count, 0)
            if got > 0 {
                bytes += chunk.prefix(got)
            } else {
                waits += 1
                guard got < 0, errno == EAGAIN || errno == EINTR, waits < 150 else {
                    throw BenchError("the server does not answer the replication session")
                }
            }
        }
        return bytes
    }

    private func send(_ bytes: [UInt8]) throws {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw BenchError("the replication session broke")
        }
    }

    private static func length(_ count: Int) -> [UInt8] {
        let count = UInt32(count)
        return [UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
    }

    /// The field M of an ErrorResponse.
    private static func message(_ body: [UInt8]) -> String {
        let field = body.split(separator: 0).first { $0.first == UInt8(ascii: "M") } ?? []
        return String(decoding: field.dropFirst(), as: UTF8.self)
    }
}
