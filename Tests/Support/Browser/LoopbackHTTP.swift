import Glibc
public import LocalServers

/// Plain HTTP requests to a port of 127.0.0.1, one connection each, from the caller's thread.
public struct LoopbackHTTP: Sendable {
    public struct Answer: Sendable {
        public let status: Int
        public let body: [UInt8]

        public var text: String { String(decoding: body, as: UTF8.self) }
    }

    public let port: Int
    /// Seconds without a byte after which a request fails.
    public var patience = 60

    public init(port: Int) { self.port = port }

    /// Sends a request and reads the whole answer. Throws a `LocalServerError` when there is none.
    ///
    /// - Parameter headers: further lines of the request, without their ends.
    public func request(
        _ method: String, _ target: String, headers: [String] = [], body: String = ""
    ) throws(LocalServerError) -> Answer {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw LocalServerError("no socket") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw LocalServerError("nobody listens on port \(port)") }
        let head = """
            \(method) \(target) HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Content-Type: application/json; charset=utf-8\r
            Content-Length: \(body.utf8.count)\r
            Connection: close\r
            \(headers.map { "\($0)\r\n" }.joined())\r\n
            """
        var rest = Array((head + body).utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { throw LocalServerError("\(target): the request was not taken") }
            rest = rest.dropFirst(sent)
        }
        return try answer(descriptor, target)
    }

    private func answer(_ descriptor: Int32, _ target: String) throws(LocalServerError) -> Answer {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if let whole = Self.parse(bytes, ended: false) { return whole }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw LocalServerError("\(target): no answer within \(patience) s") }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        guard let whole = Self.parse(bytes, ended: true) else { throw LocalServerError("\(target): the answer was cut off") }
        return whole
    }

    /// The answer when it is complete: by its length, or, without one, when the connection has ended.
    private static func parse(_ bytes: [UInt8], ended: Bool) -> Answer? {
        let end = Array("\r\n\r\n".utf8)
        guard let mark = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return nil }
        let lines = String(decoding: bytes[..<mark], as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count >= 2, let status = Int(words[1]) else { return nil }
        let body = Array(bytes[(mark + 4)...])
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
            .flatMap { Int($0.drop { $0 != ":" }.dropFirst().filter { $0 != " " }) }
        guard let length else { return ended ? Answer(status: status, body: body) : nil }
        return body.count >= length ? Answer(status: status, body: Array(body.prefix(length))) : nil
    }
}
