import Drills
import Glibc
import RealtimeAccess
import ServiceRuntime
import Synchronization
import TestSupport
import WebSocketCases

/// Makes tokens, and connections with them to one instance.
struct FanoutVisitor {
    static let secret = "thirty-two bytes of a secret, at least"
    private static let number = Atomic<Int>(0)

    let instance: FanoutUnderTest
    var key: SigningKey

    init(_ instance: FanoutUnderTest) throws {
        self.instance = instance
        key = try SigningKey(secret: Array(Self.secret.utf8))
    }

    /// For a user that nobody else is, unless told otherwise.
    func token(_ user: String? = nil, seconds: Int64 = 600, channels: [String] = []) throws -> String {
        let user = user ?? "visitor-\(Self.number.wrappingAdd(1, ordering: .relaxed).newValue)"
        var claims = NewClaims(subject: user, expiresAt: MonotonicTime.wallClockMicroseconds() / 1_000_000 + seconds)
        claims.channels = channels
        return try TokenMaker(key).token(claims)
    }

    /// Connects by WebSocket, with a token in the header, and takes the greeting.
    func connect(_ query: String = "", token: String? = nil, headers: [String] = []) throws -> WireClient {
        var peer = WebSocketPeer(port: UInt16(instance.port), path: "/ws?\(query)")
        peer.headerLines = headers + ["Authorization: Bearer \(try token ?? self.token())"]
        let client = try WireClient(peer)
        _ = try client.next("welcome")
        return client
    }

    /// The status that refuses a WebSocket; nil when it is let in.
    func refusal(_ query: String = "", token: String? = nil, headers: [String] = []) throws -> Int? {
        do {
            _ = try connect(query, token: token, headers: headers)
            return nil
        } catch let failure as WebSocketCaseFailure {
            guard let status = failure.description.split(separator: "HTTP/1.1 ").last?.prefix(3) else { throw failure }
            guard let status = Int(status) else { throw failure }
            return status
        }
    }

    /// A plain request for something that is no stream, or is refused.
    func get(_ target: String, headers: [String] = []) throws -> LoopbackHTTP.Answer {
        try LoopbackHTTP(port: instance.port).request("GET", target, headers: headers)
    }

    /// A request to the operator's port.
    func administer(_ method: String, _ target: String, token: String?, body: String = "") throws -> LoopbackHTTP.Answer {
        let headers = token.map { ["Authorization: Bearer \($0)"] } ?? []
        return try LoopbackHTTP(port: instance.httpPort).request(method, target, headers: headers, body: body)
    }

    /// Whether the server ends the connection of somebody who says this and no more.
    func isHungUp(on text: String) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        guard WireProxy.connect(descriptor, port: instance.port), send(descriptor, text, text.utf8.count, 0) == text.utf8.count
        else { return false }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let got = recv(descriptor, &chunk, chunk.count, 0)
            if got == 0 || (got < 0 && errno == ECONNRESET) { return true }
            if got < 0 { return false }
        }
    }
}
