import Glibc
import ServiceRuntime

/// One HTTP GET against the relay's own port. HTTP/1.0 without keep-alive, so the answer ends with the connection and is
/// never chunked. Everything has one deadline.
public struct StatusClient: Sendable {
    static let maximumBytes = 4 << 20

    private let address: StatusAddress
    private let timeoutMilliseconds: Int64

    public init(_ address: StatusAddress, timeoutMilliseconds: Int64 = 2_000) {
        self.address = address
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// The body of a 200. Throws a sentence that says who did not answer and why.
    public func get(_ path: String) throws(OperationError) -> String {
        let deadline = MonotonicTime.now() + timeoutMilliseconds * 1_000_000
        var reason = "it has no address"
        for candidate in try addresses() {
            do throws(Failure) { return try get(path, from: candidate, until: deadline) } catch { reason = error.reason }
        }
        throw OperationError("\(address)\(path): \(reason)")
    }

    private struct Failure: Error {
        let reason: String
    }

    private struct Candidate {
        let family: Int32
        /// A sockaddr of the family.
        let bytes: [UInt8]
    }

    private func addresses() throws(OperationError) -> [Candidate] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, String(address.port), &hints, &list)
        guard code == 0 else { throw OperationError("\(address): \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(list) }
        var found: [Candidate] = []
        var entry = list
        while let one = entry?.pointee {
            if let name = one.ai_addr {
                let bytes = Array(UnsafeRawBufferPointer(start: name, count: Int(one.ai_addrlen)))
                found.append(Candidate(family: one.ai_family, bytes: bytes))
            }
            entry = one.ai_next
        }
        return found
    }

    private func get(_ path: String, from candidate: Candidate, until deadline: Int64) throws(Failure) -> String {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(candidate.family, kind, 0)
        guard descriptor >= 0 else { throw lastFailure() }
        defer { close(descriptor) }
        try connect(descriptor, to: candidate, until: deadline)
        try send(
            Array("GET \(path) HTTP/1.0\r\nHost: \(address.host):\(address.port)\r\nConnection: close\r\n\r\n".utf8),
            over: descriptor,
            until: deadline)
        return try Self.body(of: receive(from: descriptor, until: deadline))
    }

    private func connect(_ descriptor: Int32, to candidate: Candidate, until deadline: Int64) throws(Failure) {
        let result = candidate.bytes.withUnsafeBytes { bytes -> Int32 in
            guard let base = bytes.baseAddress else { return -1 }
            return Glibc.connect(descriptor, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        if result == 0 { return }
        guard errno == EINPROGRESS || errno == EINTR else { throw lastFailure() }
        try wait(descriptor, .writable, until: deadline)
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
        guard code == 0 else { throw Failure(reason: String(cString: strerror(code))) }
    }

    private func send(_ request: [UInt8], over descriptor: Int32, until deadline: Int64) throws(Failure) {
        var done = 0
        while done < request.count {
            let count = request.withUnsafeBytes { bytes in
                Glibc.send(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                done += count
            } else if errno == EAGAIN {
                try wait(descriptor, .writable, until: deadline)
            } else if errno != EINTR {
                throw lastFailure()
            }
        }
    }

    private func receive(from descriptor: Int32, until deadline: Int64) throws(Failure) -> [UInt8] {
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count > 0 {
                answer += chunk[..<count]
                guard answer.count <= Self.maximumBytes else { throw Failure(reason: "the answer is too long") }
            } else if count == 0 {
                return answer
            } else if errno == EAGAIN {
                try wait(descriptor, .readable, until: deadline)
            } else if errno != EINTR {
                throw lastFailure()
            }
        }
    }

    private func wait(_ descriptor: Int32, _ events: PollTarget.Events, until deadline: Int64) throws(Failure) {
        let left = (deadline - MonotonicTime.now()) / 1_000_000
        let found = left > 0 ? try? waitReadable([PollTarget(descriptor, events)], timeoutMilliseconds: left) : nil
        guard let found, !found[0].isEmpty else { throw Failure(reason: "no answer within \(timeoutMilliseconds) ms") }
    }

    private func lastFailure() -> Failure { Failure(reason: String(cString: strerror(errno))) }

    /// Takes an answer apart: the body of a 200 that is complete.
    private static func body(of answer: [UInt8]) throws(Failure) -> String {
        switch parse(answer) {
        case .success(let body): return body
        case .failure(let error): throw Failure(reason: error.description)
        }
    }

    /// The body of an HTTP answer, or why there is none.
    package static func parse(_ answer: [UInt8]) -> Result<String, OperationError> {
        func wrong(_ reason: String) -> Result<String, OperationError> { .failure(OperationError(reason)) }
        var end: Int?
        if answer.count >= 4 {
            end = (0...(answer.count - 4)).first {
                answer[$0] == 13 && answer[$0 + 1] == 10 && answer[$0 + 2] == 13 && answer[$0 + 3] == 10
            }
        }
        guard let end else {
            return wrong(answer.isEmpty ? "the connection was closed without an answer" : "the answer is not HTTP")
        }
        let head = String(decoding: answer[..<end], as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        let words = (head.first ?? "").split(separator: " ")
        guard let version = words.first, version.hasPrefix("HTTP/1."), words.count >= 2, let status = Int(words[1]) else {
            return wrong("the answer is not HTTP")
        }
        guard status == 200 else { return wrong("it answered \(status)") }
        let body = answer[(end + 4)...]
        for line in head.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == "content-length" else { continue }
            guard let length = Int(line[line.index(after: colon)...].filter { $0 != " " }), length == body.count else {
                return wrong("the answer is not complete")
            }
        }
        guard let text = String(validating: body, as: UTF8.self) else { return wrong("the answer is not UTF-8") }
        return .success(text)
    }
}
