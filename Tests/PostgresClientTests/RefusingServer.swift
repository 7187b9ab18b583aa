import Foundation
import Glibc

/// Listens on 127.0.0.1 and answers every start-up packet with one FATAL error.
final class RefusingServer: Sendable {
    let port: UInt16
    private let listener: Int32

    struct Failure: Error {}

    init(sqlState: String, message: String) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                bind(listener, name, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, name, &size) == 0
            }
        }
        guard isBound else { throw Failure() }
        self.listener = listener
        port = UInt16(bigEndian: address.sin_port)
        let fields = Array("SFATAL\0VFATAL\0C\(sqlState)\0M\(message)\0\0".utf8)
        let answer = [UInt8(ascii: "E"), 0, 0, UInt8((fields.count + 4) >> 8), UInt8((fields.count + 4) & 0xFF)] + fields
        Thread.detachNewThread {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                var request = [UInt8](repeating: 0, count: 4_096)
                _ = recv(client, &request, request.count, 0)
                _ = send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
                close(client)
            }
            // Closed by its user: closed by anybody else, its number could be another server's already.
            close(listener)
        }
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }
}
