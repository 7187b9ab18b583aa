import Glibc

/// A TCP connection with patience.
struct CaseSocket {
    private let descriptor: Int32
    private let patience: Int32

    init(host: String, port: UInt16, patience: Int32) throws {
        self.patience = patience
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else { throw WebSocketCaseFailure("\(host) is no IPv4 address") }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            let reason = String(cString: strerror(errno))
            Glibc.close(descriptor)
            throw WebSocketCaseFailure("no connection to \(host):\(port): \(reason)")
        }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    func close() { Glibc.close(descriptor) }

    /// Writes all of it. What comes meanwhile is handed to `take` (nil: the server ended its side), so that neither side waits
    /// for the other. False when the server takes no more.
    @discardableResult
    func write(_ bytes: ArraySlice<UInt8>, take: (ArraySlice<UInt8>?) -> Void) throws -> Bool {
        var rest = bytes
        var isReading = true
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
            if sent >= 0 {
                rest = rest.dropFirst(sent)
                continue
            }
            guard errno == EAGAIN else { return false }
            let events = try wait(for: isReading ? POLLIN | POLLOUT : POLLOUT)
            guard isReading, events & (POLLIN | POLLHUP | POLLERR) != 0 else { continue }
            let received = try read()
            isReading = received != nil
            take(received)
        }
        return true
    }

    /// What came; nil when the server ended the connection.
    func read() throws -> ArraySlice<UInt8>? {
        _ = try wait(for: POLLIN)
        let bytes = [UInt8](unsafeUninitializedCapacity: 256 * 1024) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
        }
        return bytes.isEmpty ? nil : bytes[...]
    }

    private func wait(for events: Int32) throws -> Int32 {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let ready = poll(&entry, 1, patience)
            if ready > 0 { return Int32(entry.revents) }
            guard ready < 0, errno == EINTR else { throw WebSocketCaseFailure("nothing happened for \(patience) ms") }
        }
    }
}
