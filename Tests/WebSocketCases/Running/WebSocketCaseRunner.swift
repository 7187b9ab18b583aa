/// Runs cases over sockets of their own, one connection for each.
public struct WebSocketCaseRunner: Sendable {
    private let peer: WebSocketPeer

    public init(_ peer: WebSocketPeer) { self.peer = peer }

    /// A step as bytes.
    private enum Move {
        case send([ArraySlice<UInt8>])
        case expect(Received)
        case roundTrips(Int, ArraySlice<UInt8>, Received)
    }

    /// Throws a ``WebSocketCaseFailure`` that says what the server did instead of what it should.
    public func run(_ item: WebSocketCase) throws {
        // Before the connection is made: a server does not wait long for somebody who is busy.
        let moves = item.steps.map(Self.move)
        let socket = try CaseSocket(host: peer.host, port: peer.port, patience: peer.patience)
        defer { socket.close() }
        var connection = CaseConnection(socket)
        try connection.upgrade(path: peer.path, host: "\(peer.host):\(peer.port)", headerLines: peer.headerLines)
        for _ in 0..<peer.greetings { _ = try connection.next() }
        for move in moves {
            switch move {
            case .send(let pieces): try connection.send(pieces)
            case .expect(let expected):
                if try !met(expected, by: connection.next()) {
                    try connection.send([WireFrame.close(1003).bytes[...]])
                    return try connection.expectEnd()
                }
            case .roundTrips(let count, let bytes, let expected):
                for _ in 0..<count {
                    try connection.send([bytes])
                    _ = try met(expected, by: connection.next())
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

    private static func move(_ step: WebSocketCase.Step) -> Move {
        switch step {
        case .send(let frames, let chop): .send(pieces(frames, chop))
        case .expect(let received): .expect(received)
        case .roundTrips(let count, let frame):
            .roundTrips(count, frame.bytes[...], frame.opcode == 1 ? .text(frame.payload) : .binary(frame.payload))
        }
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
