import Glibc

/// A TCP client that sends exactly the bytes it is given. Every wait ends after ten seconds.
final class RawClient {
    struct Response {
        var status: Int
        var head: String
        var body: [UInt8]

        var text: String {
            String(decoding: body, as: UTF8.self)
        }

        /// The value of a header field.
        func header(_ name: String) -> String? {
            let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ": ") }
            return line.map { String($0.dropFirst(name.count + 2)) }
        }
    }

    let descriptor: Int32
    private var input: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafeBytes(of: &address) {
            connect(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard status == 0 else { throw RawClientError(what: "connect", code: errno) }
    }

    deinit {
        close(descriptor)
    }

    /// Sends everything; false when the server has closed the connection.
    @discardableResult
    func send(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool {
        send(text.utf8)
    }

    /// Sends GET and reads the answer.
    func get(_ target: String) throws -> Response {
        send("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
        return try response()
    }

    /// Reads one answer. `hasBody` is false for the answer to HEAD.
    func response(hasBody: Bool = true) throws -> Response {
        var end = headEnd()
        while end == nil {
            guard try fill() else { throw RawClientError(what: "end of stream in head", code: 0) }
            end = headEnd()
        }
        let head = String(decoding: input[..<(end ?? 0)], as: UTF8.self)
        input.removeFirst(end ?? 0)
        let status = head.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var response = Response(status: status, head: head, body: [])
        guard hasBody else { return response }
        let length = response.header("Content-Length").flatMap { Int($0) } ?? 0
        while input.count < length {
            guard try fill() else { throw RawClientError(what: "end of stream in body", code: 0) }
        }
        response.body = Array(input[..<length])
        input.removeFirst(length)
        return response
    }

    /// Reads until the server ends the connection, orderly or not, and returns what came.
    func readToEnd() throws -> String {
        while try fill() {}
        return String(decoding: input, as: UTF8.self)
    }

    /// Reads exactly so many bytes, or those before the end.
    func read(_ count: Int) throws -> [UInt8] {
        while input.count < count, try fill() {}
        let bytes = Array(input.prefix(count))
        input.removeFirst(bytes.count)
        return bytes
    }

    /// Ends this side; the server's may go on.
    func endSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Waits for something to read, or the end.
    func isReadable(withinMilliseconds timeout: Int32) -> Bool {
        var target = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&target, 1, timeout) == 1
    }

    /// Ends the connection with a reset.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        shutdown(descriptor, Int32(SHUT_RD))
    }

    private func headEnd() -> Int? {
        guard input.count >= 4 else { return nil }
        let end = Array("\r\n\r\n".utf8)
        return (0...(input.count - 4)).first { Array(input[$0..<($0 + 4)]) == end }.map { $0 + 4 }
    }

    private func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count > 0 {
            input.append(contentsOf: chunk[..<count])
            return true
        }
        if count == 0 || errno == ECONNRESET || errno == EPIPE { return false }
        throw RawClientError(what: "recv", code: errno)
    }
}

struct RawClientError: Error {
    var what: String
    var code: Int32
}
