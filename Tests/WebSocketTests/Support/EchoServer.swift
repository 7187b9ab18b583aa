import Foundation
import Synchronization
import WebSocket

/// Sends every message back, or answers texts as servers of applications do. One thread for each connection over blocking sockets: as simple as it can be, so that what cases
/// find is the codec's.
final class EchoServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let limits: WebSocketLimits
    private let echoes: Bool

    init(limits: WebSocketLimits, echoes: Bool = true, port wanted: UInt16 = 0) throws {
        self.limits = limits
        self.echoes = echoes
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = wanted.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let isListening = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 512) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isListening else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread { self.acceptConnections() }
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func acceptConnections() {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { break }
            Thread.detachNewThread { [limits, echoes] in
                EchoConnection(connection, limits: limits, echoes: echoes).run()
            }
        }
        close(listener)
    }
}
