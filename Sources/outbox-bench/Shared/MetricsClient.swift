import Glibc

/// Reads a Prometheus endpoint over one connection that is kept. Used by one thread.
final class MetricsClient {
    private let port: Int
    private var descriptor: Int32 = -1
    private static let request = Array("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)

    init(port: Int) { self.port = port }

    deinit { disconnect() }

    /// One sample for each series, by its full name with labels; nil when nobody answers.
    func scrape() -> MetricSamples? {
        for _ in 0..<2 {
            if descriptor < 0 {
                guard let fresh = try? LoopbackSocket.connect(port: port, receiveTimeoutMilliseconds: 2_000) else { return nil }
                descriptor = fresh
            }
            if let body = exchange() { return MetricSamples(body) }
            disconnect()
        }
        return nil
    }

    private func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private func exchange() -> String? {
        guard send(descriptor, Self.request, Self.request.count, Int32(MSG_NOSIGNAL)) == Self.request.count else { return nil }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 32_768)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk.prefix(count)
            guard let end = endOfHead(bytes) else { continue }
            guard let length = contentLength(String(decoding: bytes[..<end], as: UTF8.self)) else { return nil }
            if bytes.count >= end + length { return String(decoding: bytes[end..<(end + length)], as: UTF8.self) }
        }
    }

    private func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }.map { $0 + 4 }
    }

    private func contentLength(_ head: String) -> Int? {
        for line in head.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "content-length" { return Int(parts[1].drop { $0 == " " }) }
        }
        return nil
    }
}

/// What one scrape gave.
struct MetricSamples {
    private let lines: [Substring]

    init(_ text: String) { lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") } }

    /// The sum over all series of a family, or over those with a certain label, as it is printed.
    func sum(_ family: String, having label: String = "") -> Double {
        lines.reduce(0) { total, line in
            guard line.hasPrefix(family), let next = line.dropFirst(family.count).first, next == "{" || next == " ",
                label.isEmpty || line.contains(label)
            else { return total }
            return total + (line.split(separator: " ").last.flatMap { Double($0) } ?? 0)
        }
    }

    /// The cumulated buckets of a histogram, all its series together: by upper bound, ascending.
    func buckets(_ family: String) -> [(bound: Double, count: Double)] {
        var counts: [Double: Double] = [:]
        for line in lines where line.hasPrefix(family + "_bucket{") {
            guard let label = line.firstRange(of: "le=\""), let end = line[label.upperBound...].firstIndex(of: "\"") else {
                continue
            }
            let text = line[label.upperBound..<end]
            let bound = text == "+Inf" ? .infinity : Double(text)
            guard let bound, let count = line.split(separator: " ").last.flatMap({ Double($0) }) else { continue }
            counts[bound, default: 0] += count
        }
        return counts.sorted { $0.key < $1.key }.map { (bound: $0.key, count: $0.value) }
    }

    /// The value of one series, labels as they are printed.
    func value(_ series: String) -> Double? {
        lines.first { $0.hasPrefix(series + " ") }.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }
}
