import Glibc
import LocalServers
import ServiceRuntime

/// What the server is compared with, as a process of its own: it accepts connections as the server does, and then does nothing but
/// send each frame that it is given to all of them, one `send()` each.
enum BareSender {
    /// The first word on the command line that makes this program that process.
    static let word = "bare-sender"

    private struct Failure: Error {
        let text: String
    }

    /// Reads the number of connections and then frames, each behind its length, from standard input; ends with it.
    static func run() -> Int32 {
        do throws(Failure) {
            try serve()
            return 0
        } catch {
            complain("\(error.text): \(String(cString: strerror(errno)))")
            return 1
        }
    }

    private static func complain(_ text: String) {
        let line = Array("bare sender: \(text)\n".utf8)
        _ = write(STDERR_FILENO, line, line.count)
    }

    private static func serve() throws(Failure) {
        guard let count = try readNumber() else { return }
        let (listener, port) = try listen()
        let line = Array("\(port)\n".utf8)
        guard write(STDOUT_FILENO, line, line.count) == line.count else { throw Failure(text: "write") }
        var sockets: [Int32] = []
        for _ in 0..<count { sockets.append(try accept(listener)) }
        for descriptor in sockets {
            guard fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else { throw Failure(text: "fcntl") }
        }
        var frame = [UInt8](repeating: 0, count: 1 << 16)
        while let length = try readNumber() {
            guard length <= frame.count, try read(&frame, length) else { throw Failure(text: "half a frame") }
            frame.withUnsafeBytes { bytes in
                for descriptor in sockets where send(descriptor, bytes.baseAddress, length, Int32(MSG_NOSIGNAL)) != length {
                    complain("a connection did not take a frame")
                    exit(1)
                }
            }
        }
    }

    private static func listen() throws(Failure) -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        guard let port = try? FreePort.next() else { throw Failure(text: "no free port") }
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        var yes: Int32 = 1
        // Inherited by the accepted ones.
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, Glibc.listen(descriptor, 4_096) == 0 else { throw Failure(text: "listen") }
        return (descriptor, port)
    }

    /// With the handshake that ``Swarm`` expects.
    private static func accept(_ listener: Int32) throws(Failure) -> Int32 {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { throw Failure(text: "accept") }
        var request: [UInt8] = []
        while request.suffix(4) != [13, 10, 13, 10] {
            var byte: UInt8 = 0
            guard recv(descriptor, &byte, 1, 0) == 1 else { throw Failure(text: "recv") }
            request.append(byte)
        }
        let welcome = Array("{\"type\":\"welcome\"}".utf8)
        let head = """
            HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: \(Swarm.acceptance)\r\n\r\n
            """
        let answer = Array(head.utf8) + [0x81, UInt8(welcome.count)] + welcome
        guard send(descriptor, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count else { throw Failure(text: "send") }
        return descriptor
    }

    /// nil at the end of the input.
    private static func readNumber() throws(Failure) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 4)
        guard try read(&bytes, 4) else { return nil }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    private static func read(_ bytes: inout [UInt8], _ count: Int) throws(Failure) -> Bool {
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(STDIN_FILENO, $0.baseAddress.map { $0 + done }, count - done) }
            if got == 0 { return false }
            guard got > 0 else { throw Failure(text: "read") }
            done += got
        }
        return true
    }
}

/// A ``BareSender`` as a child process.
final class BareSenderProcess {
    let port: Int
    private let process: ChildProcess

    init(connections: Int) throws {
        guard let path = OwnExecutable.path else { throw BenchError("cannot read /proc/self/exe") }
        var command = ChildCommand(path, [BareSender.word])
        command.standardInput = .pipe
        command.standardOutput = .pipe
        process = try ChildProcess(command)
        try Self.write(Self.number(connections), to: process)
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(process.standardOutput ?? -1, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
        guard let port = Int(String(decoding: line, as: UTF8.self)) else { throw BenchError("the bare sender did not start") }
        self.port = port
    }

    var pid: Int32 { process.pid }

    /// Has the frame sent to everybody.
    func send(_ frame: UnsafeRawBufferPointer) throws { try Self.write(Self.number(frame.count) + Array(frame), to: process) }

    /// Throws when it has failed meanwhile.
    func stop() throws {
        process.closeStandardInput()
        guard process.wait(timeoutMilliseconds: 5_000)?.isSuccess == true else { throw BenchError("the bare sender failed") }
    }

    deinit { process.terminate(graceMilliseconds: 0) }

    private static func number(_ value: Int) -> [UInt8] {
        [UInt8(value >> 24 & 255), UInt8(value >> 16 & 255), UInt8(value >> 8 & 255), UInt8(value & 255)]
    }

    private static func write(_ bytes: [UInt8], to process: ChildProcess) throws {
        guard Glibc.write(process.standardInput ?? -1, bytes, bytes.count) == bytes.count else {
            throw BenchError("the bare sender is gone")
        }
    }
}
