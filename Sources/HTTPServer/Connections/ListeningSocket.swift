import Glibc
import ServiceRuntime

/// Makes the listening sockets of a server.
enum ListeningSocket {
    private typealias Bound = (descriptor: Int32, port: UInt16)

    /// Connections that wait until a loop takes them. The kernel has a limit of its own, 4096 by default.
    private static let backlog: Int32 = 4096

    /// Makes one socket for each loop, all on the same port, over which the kernel spreads the connections.
    ///
    /// - Returns: non-blocking listening descriptors, which the caller owns, and their port.
    static func open(
        _ address: ListenAddress, count: Int, limits: HTTPLimits
    ) throws(SystemError) -> (descriptors: [Int32], port: UInt16) {
        // A port that can be shared can be shared with another program, too. So the first socket takes it for itself, which
        // fails when somebody has it, and shares it afterwards.
        let first = try bind(address, isShared: false)
        var descriptors = [first.descriptor]
        do throws(SystemError) {
            if count > 1 {
                try set(first.descriptor, Int(SOL_SOCKET), SO_REUSEPORT, 1)
            }
            let shared = ListenAddress(host: address.host, port: first.port)
            for _ in 1..<max(1, count) {
                try descriptors.append(bind(shared, isShared: true).descriptor)
            }
            for descriptor in descriptors {
                try listen(descriptor, limits)
            }
        } catch {
            for descriptor in descriptors { close(descriptor) }
            throw error
        }
        return (descriptors, first.port)
    }

    private static func bind(_ address: ListenAddress, isShared: Bool) throws(SystemError) -> Bound {
        switch address.host {
        case .ipv4(let text):
            return try bindIPv4(text, address.port, isShared)
        case .ipv6(let text):
            return try bindIPv6(text, address.port, isShared, only: true)
        case .any:
            do {
                return try bindIPv6("::", address.port, isShared, only: false)
            } catch  where error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL {
                return try bindIPv4("0.0.0.0", address.port, isShared)
            }
        }
    }

    private static func bindIPv4(_ text: String, _ port: UInt16, _ isShared: Bool) throws(SystemError) -> Bound {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, text, &address.sin_addr)
        let descriptor = try makeSocket(AF_INET)
        do {
            try bind(descriptor, &address, socklen_t(MemoryLayout<sockaddr_in>.size), isShared)
        } catch {
            close(descriptor)
            throw error
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private static func bindIPv6(
        _ text: String, _ port: UInt16, _ isShared: Bool, only: Bool
    ) throws(SystemError) -> Bound {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        inet_pton(AF_INET6, text, &address.sin6_addr)
        let descriptor = try makeSocket(AF_INET6)
        do {
            try set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, only ? 1 : 0)
            try bind(descriptor, &address, socklen_t(MemoryLayout<sockaddr_in6>.size), isShared)
        } catch {
            close(descriptor)
            throw error
        }
        return (descriptor, UInt16(bigEndian: address.sin6_port))
    }

    private static func makeSocket(_ family: Int32) throws(SystemError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(family, type, 0)
        guard descriptor >= 0 else { throw SystemError.last("socket") }
        return descriptor
    }

    private static func set(_ descriptor: Int32, _ level: Int, _ name: Int32, _ value: Int32) throws(SystemError) {
        var value = value
        let status = setsockopt(descriptor, Int32(level), name, &value, socklen_t(MemoryLayout<Int32>.size))
        guard status == 0 else { throw SystemError.last("setsockopt") }
    }

    /// Binds, and puts the address the kernel gave into `address`.
    private static func bind<Address>(
        _ descriptor: Int32, _ address: inout Address, _ length: socklen_t, _ isShared: Bool
    ) throws(SystemError) {
        // A port of connections that ended a moment ago may be taken again at once: a restart must not wait for them.
        try set(descriptor, Int(SOL_SOCKET), SO_REUSEADDR, 1)
        if isShared {
            try set(descriptor, Int(SOL_SOCKET), SO_REUSEPORT, 1)
        }
        var length = length
        let failed: String? = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            guard let pointer, Glibc.bind(descriptor, pointer, length) == 0 else { return "bind" }
            return getsockname(descriptor, pointer, &length) == 0 ? nil : "getsockname"
        }
        if let failed { throw SystemError.last(failed) }
    }

    private static func listen(_ descriptor: Int32, _ limits: HTTPLimits) throws(SystemError) {
        // Accepted connections inherit both.
        try set(descriptor, Int(IPPROTO_TCP), TCP_NODELAY, 1)
        if limits.unsentBytes > 0 {
            try set(descriptor, Int(IPPROTO_TCP), TCP_NOTSENT_LOWAT, Int32(clamping: limits.unsentBytes))
        }
        guard Glibc.listen(descriptor, backlog) == 0 else { throw SystemError.last("listen") }
    }
}
