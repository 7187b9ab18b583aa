/// Runs cases over sockets of their own, one connection for each.
public struct WebSocketCaseRunner: Sendable {
    private let peer: WebSocketPeer

    public init(_ peer: WebSocketPeer) { self.peer = peer }

    /// Throws a ``WebSocketCaseFailure`` that says what the server did instead of what it should.
    public func run(_ item: WebSocketCase) throws {
        let socket = try CaseSocket(host: peer.host, port: peer.port, patience: peer.patience)
        defer { socket.close() }
        var connection = CaseConnection(socket)
        try connection.upgrade(path: peer.path, host: "\(peer.host):\(peer.port)", headerLines: peer.headerLines)
        for _ in 0..<peer.greetings { _ = try connection.next() }
        for step in item.steps {
            switch step {
            case .send(let frames, let chop): try connection.send(Self.pieces(frames, chop))
            case .expect(let expected):
                if try !met(expected, by: connection.next()) {
                    try connection.send([WireFrame.close(1003).bytes[...]])
                    return try connection.expectEnd()
                }
            case .roundTrips(let count, let frame):
                let bytes = frame.bytes
                for _ in 0..<count {
                    try connection.send([bytes[...]])
                    _ = try met(frame.opcode == 1 ? .text(frame.payload) : .binary(frame.payload), by: connection.next())
                }
            }
        }
        switch item.end {
        case .weClose:
            try connection.send([WireFrame.close(1000).bytes[...]])
            try expect(.close(1000), connection.next())
        case .answers(let code): try expect(.close(code), connection.next())
        case .fails(let code): try expect(.close(code), connection.next())
        }
        try connection.expectEnd()
    }

    /// False when the server closes instead, as it may.
    private func met(_ expected: Received, by received: Received) throws -> Bool {
        guard !peer.echoes else {
            try expect(expected, received)
            return true
        }
        switch (expected, received) {
        case (.text, .text): return true
        case (.binary, .close(1003)): return false
        default:
            try expect(expected, received)
            return true
        }
    }

    private func expect(_ expected: Received, _ received: Received) throws {
        guard expected == received else { throw WebSocketCaseFailure("expected \(expected), got \(received)") }
    }

    /// What is written at once.
    private static func pieces(_ frames: [WireFrame], _ chop: WebSocketCase.Chop) -> [ArraySlice<UInt8>] {
        let encoded = frames.map(\.bytes)
        switch chop {
        case .together: return [encoded.flatMap { $0 }[...]]
        case .eachFrame: return encoded.map { $0[...] }
        case .pieces(let size):
            let all = encoded.flatMap { $0 }
            return stride(from: 0, to: all.count, by: size).map { all[$0..<min($0 + size, all.count)] }
        }
    }
}
