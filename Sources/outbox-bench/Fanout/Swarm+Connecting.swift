import CEpoll
import COpenSSL
import Glibc
import ServiceRuntime

extension Swarm {
    /// Connects so many clients and returns when the server has greeted all of them.
    /// - Parameter narrowsLast: the kernel holds little for the last one: segments and window as far away, and a small buffer.
    func connect(_ count: Int, port: Int, isTLS: Bool = false, narrowsLast: Bool = false, seconds: Int = 120) throws {
        narrow = narrowsLast ? count - 1 : nil
        self.port = port
        path = "/ws?channels=public"
        clients = ContiguousArray(repeating: SwarmClient(), count: count)
        if isTLS, tls == nil {
            guard let context = SSL_CTX_new(TLS_client_method()) else { throw BenchError("no TLS context") }
            SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
            tls = context
        }
        try connectAll(seconds: seconds)
    }

    /// Lets all cut connections be made again at once, each from where its client stood, and returns when all are greeted.
    func resume(seconds: Int) throws {
        isResuming = true
        defer { isResuming = false }
        try connectAll(seconds: seconds)
    }

    func connectAll(seconds: Int) throws {
        readyCount = 0
        nextToConnect = 0
        underWay = 0
        let limit = isResuming ? clients.count : Self.pace
        let deadline = MonotonicTime.now() + Int64(seconds) * 1_000_000_000
        while readyCount < clients.count {
            while nextToConnect < clients.count, underWay < limit {
                try begin(nextToConnect)
                nextToConnect += 1
                underWay += 1
            }
            try turn(milliseconds: 100)
            guard MonotonicTime.now() < deadline else {
                throw BenchError("only \(readyCount) of \(clients.count) clients were greeted within \(seconds) s")
            }
        }
    }

    /// Ends all connections at once, without a word.
    func cut() {
        for index in clients.indices { drop(index) }
        readyCount = 0
    }

    func drop(_ index: Int) {
        guard clients[index].descriptor >= 0 else { return }
        if let ssl = clients[index].ssl { SSL_free(ssl) }
        // No TIME_WAIT, which would use the ports up.
        var reset = linger(l_onoff: 1, l_linger: 0)
        setsockopt(clients[index].descriptor, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
        close(clients[index].descriptor)
        clients[index].partial?.deallocate()
        let next = clients[index].next
        clients[index] = SwarmClient()
        clients[index].next = next
    }

    func begin(_ index: Int) throws {
        let flags = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, flags, 0)
        guard descriptor >= 0 else { throw BenchError("no socket: \(String(cString: strerror(errno)))") }
        clients[index].descriptor = descriptor
        clients[index].state = .connecting
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        if index == narrow {
            var segment: Int32 = 1_400
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_MAXSEG, &segment, socklen_t(MemoryLayout<Int32>.size))
            var bytes: Int32 = 4_096
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        if index >= Self.clientsPerAddress {
            let withoutPort: Int32 = 24  // IP_BIND_ADDRESS_NO_PORT
            setsockopt(descriptor, Int32(IPPROTO_IP), withoutPort, &yes, socklen_t(MemoryLayout<Int32>.size))
            _ = Self.withAddress(UInt32(1 + index / Self.clientsPerAddress), port: 0) { bind(descriptor, $0, $1) }
        }
        let result = Self.withAddress(1, port: port) { Glibc.connect(descriptor, $0, $1) }
        guard result == 0 || errno == EINPROGRESS else {
            throw BenchError("cannot connect to 127.0.0.1:\(port): \(String(cString: strerror(errno)))")
        }
        watch(index, EPOLLOUT.rawValue, EPOLL_CTL_ADD)
    }

    static func withAddress(
        _ host: UInt32, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = (UInt32(0x7f00_0000) + host).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    func watch(_ index: Int, _ events: UInt32, _ operation: Int32) {
        var event = epoll_event(events: events, data: epoll_data_t(u64: UInt64(index)))
        epoll_ctl(epoll, operation, clients[index].descriptor, &event)
    }

    // MARK: Handshakes

    func advance(_ index: Int) {
        switch clients[index].state {
        case .connecting: connected(index)
        case .securing: secure(index)
        case .upgrading, .greeting: read(index)
        case .idle, .ready: break
        }
    }

    func connected(_ index: Int) {
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(clients[index].descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { return fail(index, "connect: \(String(cString: strerror(code)))") }
        guard let tls else { return request(index) }
        guard let ssl = SSL_new(tls), SSL_set_fd(ssl, clients[index].descriptor) == 1 else { return fail(index, "SSL_new") }
        clients[index].ssl = ssl
        clients[index].state = .securing
        secure(index)
    }

    func secure(_ index: Int) {
        guard let ssl = clients[index].ssl else { return }
        ERR_clear_error()
        let result = SSL_connect(ssl)
        if result == 1 { return request(index) }
        switch SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: watch(index, EPOLLIN.rawValue, EPOLL_CTL_MOD)
        case SSL_ERROR_WANT_WRITE: watch(index, EPOLLOUT.rawValue, EPOLL_CTL_MOD)
        default: fail(index, "the TLS handshake failed")
        }
    }

    func request(_ index: Int) {
        var query = path
        if isResuming, clients[index].next > 0 {
            guard let cursor = frames.cursor(after: clients[index].next - 1) else { return fail(index, "it has no cursor") }
            query += "&cursor=\(cursor)"
        }
        let text = """
            GET \(query) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: \(Self.key)\r\n\r\n
            """
        clients[index].state = .upgrading
        guard write(index, Array(text.utf8)) else { return fail(index, "the request could not be written") }
        watch(index, EPOLLIN.rawValue, EPOLL_CTL_MOD)
    }

    func write(_ index: Int, _ bytes: [UInt8]) -> Bool {
        if let ssl = clients[index].ssl { return SSL_write(ssl, bytes, Int32(bytes.count)) == Int32(bytes.count) }
        return send(clients[index].descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
}
