import Glibc

/// Asks a broker the question that every client asks first, over a plain connection: who is in the cluster?
enum KafkaProbe {
    /// The number of brokers in the answer of the broker on `port` of 127.0.0.1; nil when there is none within a second.
    ///
    /// A Metadata request of version 4 without topics (protocol guide, "Metadata API"): what Kafka 4.x and its forerunners take.
    static func brokerCount(port: Int) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard LoopbackAddress.withSocketAddress(port: port, { connect(descriptor, $0, $1) }) == 0 else { return nil }

        let request: [UInt8] = [
            0, 0, 0, 15,  // length of what follows
            0, 3, 0, 4,  // Metadata, version 4
            0, 0, 0, 1,  // correlation id
            0xff, 0xff,  // no client id
            0, 0, 0, 0,  // no topics
            0,  // do not create any
        ]
        guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return nil }
        // Length, correlation id and throttle time come before the number of brokers.
        guard let header = receive(16, from: descriptor), header[4...7].elementsEqual([0, 0, 0, 1]) else { return nil }
        return header[12...15].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func receive(_ count: Int, from descriptor: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var chunk = [UInt8](repeating: 0, count: count - bytes.count)
            let got = recv(descriptor, &chunk, chunk.count, 0)
            guard got > 0 else { return nil }
            bytes += chunk.prefix(got)
        }
        return bytes
    }
}
