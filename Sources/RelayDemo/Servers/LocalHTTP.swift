import Glibc

/// Asks a server on this machine over HTTP.
enum LocalHTTP {
    /// The status code of `GET path` on 127.0.0.1; nil when there is no answer within two seconds.
    static func status(port: Int, path: String) -> Int? {
        guard let descriptor = open(port: port, path: path) else { return nil }
        defer { close(descriptor) }
        var answer = [UInt8](repeating: 0, count: 64)
        var count = 0
        // "HTTP/1.1 200": the code ends at the twelfth byte.
        while count < 12 {
            let more = answer.withUnsafeMutableBytes { bytes in
                recv(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count, 0)
            }
            guard more > 0 else { return nil }
            count += more
        }
        return Int(String(decoding: answer[9..<12], as: UTF8.self))
    }

    /// Sends `GET path` to 127.0.0.1. The socket, whose reads fail after two seconds, is the caller's to close; nil when nobody listens.
    static func open(port: Int, path: String, accept: String = "*/*") -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: \(accept)\r\nConnection: close\r\n\r\n".utf8)
        guard connected == 0, send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
