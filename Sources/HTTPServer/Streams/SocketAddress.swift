import Glibc

/// Reads addresses of sockets as text.
enum SocketAddress {
    /// The numeric address of a socket's other side; IPv4 as such, also on an IPv6 socket. Empty when it is gone.
    static func peer(of descriptor: Int32) -> String {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutableBytes(of: &storage) { bytes in
            getpeername(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        guard status == 0 else { return "" }
        let family = Int32(storage.ss_family)
        return withUnsafeBytes(of: &storage) { bytes in
            switch family {
            case AF_INET: text(AF_INET, bytes.baseAddress.map { $0 + 4 })
            case AF_INET6: plain(text(AF_INET6, bytes.baseAddress.map { $0 + 8 }))
            default: ""
            }
        }
    }

    /// An IPv4 address without the prefix that it has on an IPv6 socket.
    static func plain(_ text: String) -> String {
        text.hasPrefix("::ffff:") && text.contains(".") ? String(text.dropFirst(7)) : text
    }

    private static func text(_ family: Int32, _ address: UnsafeRawPointer?) -> String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard let address, inet_ntop(family, address, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
