import Glibc

/// One client of a scripted API: bytes that came, and answers that wait for their time. Owned by the API's thread.
struct ExternalConnection {
    let descriptor: Int32
    private var input: [UInt8] = []
    /// The answer in the making: keeps later requests of the connection waiting.
    var pending: (time: Int64, bytes: [UInt8])?
    /// Took a request that is never answered.
    var isMute = false

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Reads what is there. False when the client is gone.
    mutating func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count > 0 { input += chunk.prefix(count) }
        return count > 0 || (count < 0 && errno == EAGAIN)
    }

    /// False when the client is gone. The answers are short enough for the socket's buffer.
    func send(_ bytes: [UInt8]) -> Bool {
        Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// The next whole request, its head as lines; nil while some of it is still to come.
    mutating func nextRequest() -> (head: [Substring], body: String)? {
        guard pending == nil, !isMute, let end = Self.endOfHead(input) else { return nil }
        let head = String(decoding: input[..<end], as: UTF8.self).split(separator: "\r\n")
        let length = Self.header("content-length", head).flatMap { Int($0) } ?? 0
        guard input.count >= end + length else { return nil }
        let body = String(decoding: input[end..<end + length], as: UTF8.self)
        input.removeFirst(end + length)
        return (head, body)
    }

    /// The value of a header field; `name` in lower case.
    static func header(_ name: String, _ head: [Substring]) -> String? {
        for line in head.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { continue }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return nil
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let mark = Array("\r\n\r\n".utf8)
        guard bytes.count >= mark.count else { return nil }
        return (0...bytes.count - mark.count).first { bytes[$0..<$0 + mark.count].elementsEqual(mark) }.map { $0 + mark.count }
    }
}
