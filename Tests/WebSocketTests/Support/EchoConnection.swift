import Foundation
import WebSocket

/// One client of the echo server, served by the thread that runs it.
struct EchoConnection {
    private let descriptor: Int32
    private let limits: WebSocketLimits
    /// Else it greets, says something to each text, and wants no binary messages.
    private let echoes: Bool

    init(_ descriptor: Int32, limits: WebSocketLimits, echoes: Bool) {
        self.descriptor = descriptor
        self.limits = limits
        self.echoes = echoes
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    func run() {
        defer { close(descriptor) }
        guard let early = upgrade() else { return }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1024, alignment: 16)
        defer { memory.deallocate() }
        if !echoes { write(WebSocketFrame.text("hello")) }
        var session = WebSocketSession(role: .server, allowance: WebSocketAllowance(limits: limits))
        memory.copyBytes(from: early)
        var count = early.count
        repeat {
            var input = UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
            while let action = session.next(&input) {
                if case .message(let kind, let payload) = action {
                    switch (echoes, kind) {
                    case (true, _): write(WebSocketFrame.bytes(kind.opcode, copying: payload))
                    case (false, .text): write(WebSocketFrame.text("what?"))
                    case (false, .binary): session.close(.unsupportedData, reason: "text only")
                    }
                }
                while let frame = session.takeControlFrame() { write(frame) }
            }
            guard session.phase != .ended else { break }
            count = recv(descriptor, memory.baseAddress, memory.count, 0)
        } while count > 0
        // Half a close, then what the client still sends: else the kernel would answer that by a reset, which overtakes our frame.
        shutdown(descriptor, Int32(SHUT_WR))
        while recv(descriptor, memory.baseAddress, memory.count, 0) > 0 {}
    }

    /// Answers the handshake; the bytes that came behind it, nil when it was refused.
    private func upgrade() -> [UInt8]? {
        var head = Data()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0, head.count < 16 * 1024 else { return nil }
            head += buffer[..<count]
            guard let end = head.range(of: Data("\r\n\r\n".utf8)) else { continue }
            let lines = String(decoding: head[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
            let headers = lines.dropFirst().compactMap { line in
                line.firstIndex(of: ":").map { (name: String(line[..<$0]), value: String(line[line.index(after: $0)...])) }
            }
            let method = lines[0].prefix { $0 != " " }
            do throws(WebSocketRefusal) {
                let upgrade = try WebSocketUpgrade(method: String(method), headers: headers, subprotocols: ["outbox.v1"])
                answer("101 Switching Protocols", upgrade.responseHeaders)
                return Array(head[end.upperBound...])
            } catch {
                answer("\(error.status) Refused", error.headers)
                return nil
            }
        }
    }

    private func answer(_ status: String, _ headers: [(name: String, value: String)]) {
        write(Array("HTTP/1.1 \(status)\r\n\(headers.map { "\($0.name): \($0.value)\r\n" }.joined())\r\n".utf8))
    }

    private func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return }
            rest = rest.dropFirst(sent)
        }
    }
}
