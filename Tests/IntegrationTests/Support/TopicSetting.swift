import Glibc
import LocalServers

/// One setting of a topic, changed while it is in use: an IncrementalAlterConfigs request of version 0 (Kafka protocol guide), spoken
/// over a plain connection, because librdkafka 2.0.2 does not know it.
struct TopicSetting {
    private let name: String
    private let value: String

    init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// - Parameter bootstrap: `127.0.0.1:port`, the first of several counts.
    func set(on topic: String, bootstrap: String) throws {
        let port = bootstrap.split(separator: ",").first?.split(separator: ":").last.flatMap { Int($0) } ?? 0
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let request = request(topic)
        guard WireProxy.connect(descriptor, port: port),
            send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count
        else { throw LocalServerError("no broker on port \(port)") }
        // Length, correlation id, throttle time and the number of answers come before the error code.
        var answer = [UInt8](repeating: 0, count: 18)
        guard recv(descriptor, &answer, answer.count, Int32(MSG_WAITALL)) == answer.count, answer[16] == 0, answer[17] == 0 else {
            throw LocalServerError("the broker refused to change \(name) of \(topic): \(answer)")
        }
    }

    private func request(_ topic: String) -> [UInt8] {
        let apiKey = 44
        let header = number(apiKey, 2) + number(0, 2) + number(1, 4) + [0xFF, 0xFF]
        let topicResource: UInt8 = 2
        let setOperation: UInt8 = 0
        let configuration = number(1, 4) + text(name) + [setOperation] + text(value)
        let body = number(1, 4) + [topicResource] + text(topic) + configuration + [0]
        return number(header.count + body.count, 4) + header + body
    }

    private func number(_ value: Int, _ count: Int) -> [UInt8] { WireProxy.bigEndian(value, count: count) }

    private func text(_ text: String) -> [UInt8] { number(text.utf8.count, 2) + Array(text.utf8) }
}
