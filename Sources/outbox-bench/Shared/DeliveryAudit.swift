import CommandLineKit
import Kafka
import ServiceRuntime
import Telemetry

/// Reads a topic from its beginning and compares it with what was written: events numbered from 0, in the order of their commits.
struct DeliveryAudit {
    let expected: Int
    private(set) var distinct = 0
    private(set) var duplicates = 0
    /// Events that came for the first time behind a later one of the same key.
    private(set) var orderViolations = 0
    /// Records that are none of ours.
    private(set) var foreign = 0
    private var seen: [UInt64]
    private var latestOfKey = [Int](repeating: -1, count: WorkloadRow.keys)

    init(expected: Int) {
        self.expected = expected
        seen = [UInt64](repeating: 0, count: expected / 64 + 1)
    }

    var missing: Int { expected - distinct }
    var isClean: Bool { missing == 0 && orderViolations == 0 && foreign == 0 }

    /// Takes the next record of a partition.
    mutating func take(_ number: Int?) {
        guard let number, number < expected else {
            foreign += 1
            return
        }
        let bit: UInt64 = 1 << UInt64(number % 64)
        guard seen[number / 64] & bit == 0 else {
            duplicates += 1
            return
        }
        seen[number / 64] |= bit
        distinct += 1
        // All events of a key are in one partition, so the order of the reads is the order of the log.
        let key = number % WorkloadRow.keys
        if number < latestOfKey[key] { orderViolations += 1 } else { latestOfKey[key] = number }
    }

    /// Reads everything that is in the topic now.
    mutating func read(_ topic: String, bootstrap: String, stop: StopSignal, progress: Progress) throws {
        let consumer = try Consumer(
            properties: ["bootstrap.servers": bootstrap, "fetch.message.max.bytes": "4194304"], logger: .disabled)
        defer { consumer.close() }
        var open = Set(try consumer.assign(topic: topic))
        var silentSince = MonotonicTime.now()
        var count = 0
        while !open.isEmpty {
            switch consumer.withRawRecord(timeoutMilliseconds: 200, { $0.value.flatMap { WorkloadRow.number(inEnvelope: $0) } }) {
            case .record(let number):
                take(number)
                count += 1
                if count.isMultiple(of: 10_000) { progress.update("reading back: \(Figures.grouped(count)) records") }
                silentSince = MonotonicTime.now()
            case .endOfPartition(_, let partition, _): open.remove(partition)
            case .error(let error): throw error
            case .nothing:
                if stop.isSet { throw BenchError.interrupted }
                if MonotonicTime.now() - silentSince > 30_000_000_000 {
                    throw BenchError("the topic \(topic) cannot be read to its end")
                }
            }
        }
    }

    var json: JSONValue {
        [
            "expected": .int(Int64(expected)), "delivered": .int(Int64(distinct)), "missing": .int(Int64(missing)),
            "duplicates": .int(Int64(duplicates)), "order_violations": .int(Int64(orderViolations)),
            "foreign": .int(Int64(foreign)),
        ]
    }
}
