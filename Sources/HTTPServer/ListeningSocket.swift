import Glibc
import ServiceRuntime

/// Makes the listening socket of a server.
enum ListeningSocket {
    /// - Returns: a non-blocking listening descriptor, which the caller owns, and its port.
    static func open(_ address: ListenAddress) throws(SystemError) -> (descriptor: Int32, port: UInt16) {
        switch address.host {
        case .ipv4(let text):
            return try openIPv4(text, port: address.port)
        case .ipv6(let text):
            return try openIPv6(text, port: address.port, only: true)
        case .any:
            do {
                return try openIPv6("::", port: address.port, only: false)
            } catch  where error.code == EAFNOSUPPORT || error.code == EADDRNOTAVAIL {
                return try openIPv4("0.0.0.0", port: address.port)
            }
        }
    }

    private static func openIPv4(_ text: String, port: UInt16) throws(SystemError) -> (descriptor: Int32, port: UInt16) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, text, &address.sin_addr)
        let descriptor = try makeSocket(AF_INET)
        do {
            try listen(descriptor, &address, socklen_t(MemoryLayout<sockaddr_in>.size))
        } catch {
            close(descriptor)
            throw error
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private static func openIPv6(
        _ text: String, port: UInt16, only: Bool
    ) throws(SystemError) -> (descriptor: Int32, port: UInt16) {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_port = port.bigEndian
        inet_pton(AF_INET6, text, &address.sin6_addr)
        let descriptor = try makeSocket(AF_INET6)
        do {
            try set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, only ? 1 : 0)
            try listen(descriptor, &address, socklen_t(MemoryLayout<sockaddr_in6>.size))
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

    /// Binds, listens, and puts the address the kernel gave into `address`.
    private static func listen<Address>(
        _ descriptor: Int32, _ address: inout Address, _ length: socklen_t
    ) throws(SystemError) {
        // A port of connections that ended a moment ago may be taken again at once: a restart must not wait for them.
        try set(descriptor, Int(SOL_SOCKET), SO_REUSEADDR, 1)
        var length = length
        let failed: String? = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            guard let pointer, bind(descriptor, pointer, length) == 0 else { return "bind" }
            guard Glibc.listen(descriptor, 128) == 0 else { return "listen" }
            return getsockname(descriptor, pointer, &length) == 0 ? nil : "getsockname"
        }
        if let failed { throw SystemError.last(failed) }
    }
}
