import Drills
import Foundation
import Kafka
import ServiceRuntime
import Telemetry
import TestSupport

/// Reads one topic and keeps the whole records: key, value, headers.
final class TopicLog {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let topic: String
    private(set) var records: [Record] = []
    private let consumer: Consumer
    private var open: Set<Int32>

    init(_ topic: String, bootstrap: String) throws {
        self.topic = topic
        consumer = try Consumer(properties: ["bootstrap.servers": bootstrap, "fetch.wait.max.ms": "10"], logger: .disabled)
        open = Set(try consumer.assign(topic: topic))
    }

    deinit { consumer.close() }

    /// Waits until there are at least that many.
    @discardableResult
    func wait(for count: Int, seconds: Double = 30) throws -> [Record] {
        let deadline = MonotonicTime.now() + Int64(seconds * 1_000_000_000)
        while records.count < count {
            guard MonotonicTime.now() < deadline else {
                throw Failure(description: "\(topic) has \(records.count) records after \(seconds) s, not \(count)")
            }
            take(milliseconds: 100)
        }
        return records
    }

    /// Waits for a record that satisfies the predicate.
    func wait(seconds: Double = 60, until predicate: (Record) -> Bool) throws {
        let deadline = MonotonicTime.now() + Int64(seconds * 1_000_000_000)
        var seen = 0
        while true {
            while seen < records.count {
                if predicate(records[seen]) { return }
                seen += 1
            }
            guard MonotonicTime.now() < deadline else {
                throw Failure(description: "\(topic) lacks the awaited record after \(seconds) s; it has \(records.count)")
            }
            take(milliseconds: 100)
        }
    }

    /// All that is there now. To be called once: the end of a partition is told once.
    func readToEnd(seconds: Double = 60) throws -> [Record] {
        let deadline = MonotonicTime.now() + Int64(seconds * 1_000_000_000)
        while !open.isEmpty {
            guard MonotonicTime.now() < deadline else { throw Failure(description: "the end of \(topic) was not reached") }
            take(milliseconds: 100)
        }
        return records
    }

    private func take(milliseconds: Int) {
        switch consumer.poll(timeoutMilliseconds: milliseconds) {
        case .record(let record): records.append(record)
        case .endOfPartition(_, let partition, _): open.remove(partition)
        case .nothing, .error: break
        }
    }
}

extension Record {
    var keyText: String? { key.map { String(decoding: $0, as: UTF8.self) } }
    var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }

    /// The headers as texts, in order.
    var headerTexts: [String] {
        headers.map { header in "\(header.name)=\(header.value.map { String(decoding: $0, as: UTF8.self) } ?? "<null>")" }
    }

    func headerText(_ name: String) -> String? {
        guard case .some(.some(let value)) = header(name) else { return nil }
        return String(decoding: value, as: UTF8.self)
    }

    /// The number that tests put into a payload as `n`, found in an envelope or in a bare payload.
    var number: Int? {
        guard let value, let object = try? JSONSerialization.jsonObject(with: Data(value)) as? [String: Any] else { return nil }
        let payload = object["payload"] as? [String: Any] ?? object
        return payload["n"] as? Int
    }
}
