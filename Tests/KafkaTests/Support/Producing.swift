import Foundation
import Kafka
import Telemetry

/// A producer that writes its reports into a ledger, and short forms of its calls.
struct Producing {
    let producer: Producer
    let ledger = Ledger()

    init(_ cluster: MockCluster, _ properties: KafkaProperties = [:], logger: Logger = .disabled) throws {
        try self.init(bootstrapServers: cluster.bootstrapServers, properties, logger: logger)
    }

    init(bootstrapServers: String, _ properties: KafkaProperties = [:], logger: Logger = .disabled) throws {
        let base = KafkaProperties.producerDefaults.merging(["bootstrap.servers": bootstrapServers])
        producer = try Producer(properties: base.merging(properties), logger: logger) { [ledger] reports in
            ledger.note(reports)
        } onError: { [ledger] error in
            ledger.note(error)
        }
    }

    func send(
        _ topic: TopicHandle, key: [UInt8]? = nil, value: [UInt8]? = Array("value".utf8),
        headers: [(name: String, value: [UInt8]?)] = [], timestamp: Int64 = 0, opaque: UInt = 1
    ) -> ProduceOutcome {
        HeaderBlock.with(headers) { block in
            lend(key) { key in
                lend(value) { value in
                    producer.produce(
                        topic: topic, key: key, value: value, headers: block, timestampMilliseconds: timestamp, opaque: opaque)
                }
            }
        }
    }

    private func lend<Result>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }
}

extension ProduceOutcome {
    var isAccepted: Bool {
        if case .accepted = self { true } else { false }
    }

    var isQueueFull: Bool {
        if case .queueFull = self { true } else { false }
    }

    var refusal: KafkaError.Code? {
        if case .refused(let error) = self { error.code } else { nil }
    }
}

/// A topic name that no other test uses.
func uniqueTopic(_ stem: String) -> String {
    "\(stem)-\(UUID().uuidString.lowercased())"
}

/// Reads a topic from its beginning until every partition's end.
func readAll(_ topic: String, from cluster: MockCluster) throws -> [Record] {
    let consumer = try Consumer(
        properties: ["bootstrap.servers": cluster.bootstrapServers, "fetch.wait.max.ms": "20"], logger: .disabled)
    defer { consumer.close() }
    var open = Set(try consumer.assign(topic: topic))
    var records: [Record] = []
    while !open.isEmpty {
        switch consumer.poll(timeoutMilliseconds: 10_000) {
        case .record(let record): records.append(record)
        case .endOfPartition(_, let partition, _): open.remove(partition)
        case .error(let error): throw error
        case .nothing: throw KafkaError(code: .localTimedOut)
        }
    }
    return records
}
