import Kafka
import OutboxModel
import RelayCore
import ServiceRuntime
import Synchronization
import Telemetry

/// Publishes an operator's messages with the relay's own producer settings, and knows what became of each. One thread's.
final class EventSender {
    /// A message that did not arrive, or not surely.
    struct Failure: Sendable {
        let tag: UInt
        let reason: String
        /// The broker refuses it whoever sends it; another message of the same batch may be the cause.
        let isRefusal: Bool
    }

    /// What messages wait for at most, in ms: an operator waits, unlike the relay.
    private static let deliveryTimeout = 30_000
    private static let inFlight = 5_000
    /// What a batch adds to a single message, and a margin.
    private static let batchOverhead = 100

    private let producer: Producer
    private let admin: Admin
    private let progress: EventFD
    private let failures: FailureBox
    private let stop: StopSignal
    private let isGapless: Bool
    private var limits: [String: Result<Int, OperationError>] = [:]
    private var topics: [String: TopicHandle] = [:]

    private final class FailureBox: Sendable {
        let list = Mutex<[Failure]>([])
    }

    /// - Parameter isGapless: nothing is sent behind a message that failed, so that order per key holds to the last.
    init(_ options: RelayOptions, isGapless: Bool, stop: StopSignal) throws(OperationError) {
        self.stop = stop
        self.isGapless = isGapless
        let box = FailureBox()
        failures = box
        do throws(SystemError) { progress = try EventFD() } catch { throw OperationError("\(error)") }
        let progress = self.progress
        var properties = KafkaProperties(options.kafka)
        properties["message.timeout.ms"] = String(Self.deliveryTimeout)
        properties["enable.gapless.guarantee"] = String(isGapless)
        properties["message.max.bytes"] = "1000000000"
        do throws(KafkaError) {
            admin = try Admin(properties: properties, logger: .disabled)
            producer = try Producer(
                properties: properties, logger: .disabled,
                onDelivery: { reports in
                    reports.forEachFailure { report in
                        let isRefusal = DeliveryFailureClass(report.code) == .poison
                        let failure = Failure(tag: report.opaque, reason: "\(report.error)", isRefusal: isRefusal)
                        box.list.withLock { $0.append(failure) }
                    }
                    progress.signal()
                }, onError: { _ in progress.signal() })
        } catch { throw OperationError("the Kafka producer could not be made: \(error)") }
    }

    deinit {
        producer.close(timeoutMilliseconds: 2_000)
        admin.close()
    }

    /// Why the message would be refused, found before it is sent; nil when nothing speaks against it.
    func refusal(of message: EventMessage) -> String? {
        switch limit(of: message.topic) {
        case .failure(let error): return error.description
        case .success(let limit):
            let size = message.encodedSize
            return size > limit - Self.batchOverhead
                ? "message_too_large: \(size) bytes; the topic takes \(limit - Self.batchOverhead) bytes a message" : nil
        }
    }

    /// The largest batch that the topic takes, in bytes. A topic that does not exist is not created by asking.
    private func limit(of topic: String) -> Result<Int, OperationError> {
        if let known = limits[topic] { return known }
        let found: Result<Int, OperationError>
        do throws(KafkaError) {
            let metadata = try admin.metadata(topic: topic, creatingMissing: false, timeoutMilliseconds: 10_000)
            if let error = metadata.error {
                found = .failure(OperationError("topic_unavailable: the topic \(topic): \(error)"))
            } else {
                producer.learn(topic: topic, timeoutMilliseconds: 2_000)
                found = .success(admin.topicLimit(topic, timeoutMilliseconds: 5_000) ?? TopicInspector.defaultLimit)
            }
        } catch { found = .failure(OperationError("the topic \(topic) could not be looked up: \(error)")) }
        limits[topic] = found
        return found
    }

    /// Hands one message over; waits for room. False when it was not taken because of Ctrl-C, a refusal, or (gapless) an earlier failure.
    func send(_ message: EventMessage, tag: UInt) throws(OperationError) -> Bool {
        while producer.outstanding >= Self.inFlight {
            if isOver { return false }
            pause()
        }
        while !isOver {
            switch try produce(message, tag) {
            case .accepted: return true
            case .queueFull: pause()
            case .refused(let error):
                failures.list.withLock { $0.append(Failure(tag: tag, reason: "\(error)", isRefusal: false)) }
                return false
            }
        }
        return false
    }

    private func produce(_ message: EventMessage, _ tag: UInt) throws(OperationError) -> ProduceOutcome {
        let topic: TopicHandle
        if let known = topics[message.topic] {
            topic = known
        } else {
            do throws(KafkaError) { topic = try producer.topic(message.topic) } catch { throw OperationError("\(error)") }
            topics[message.topic] = topic
        }
        return HeaderBlock.with(message.headers) { headers in
            func lend(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> ProduceOutcome) -> ProduceOutcome {
                guard let bytes else { return body(nil) }
                // An empty array may have no address, and no address would mean null.
                guard !bytes.isEmpty else {
                    return withUnsafeBytes(of: UInt8(0)) { body(UnsafeRawBufferPointer(rebasing: $0[0..<0])) }
                }
                return bytes.withUnsafeBytes { body($0) }
            }
            return lend(message.key) { key in
                lend(message.value) { value in
                    producer.produce(topic: topic, key: key, value: value, headers: headers, opaque: tag)
                }
            }
        }
    }

    /// Where order counts, nothing follows a message that failed.
    private var isOver: Bool { stop.isSet || (isGapless && hasFailed) }

    var outstanding: Int { producer.outstanding }

    var hasFailed: Bool { failures.list.withLock { !$0.isEmpty } }

    /// Waits until everything handed over is reported. After a failure the rest is called back, so that it is reported soon.
    ///
    /// Returns the failures since the last call.
    func settle(callsBackRest: Bool = false) -> [Failure] {
        producer.sendNow()
        var hasPurged = false
        // What is on its way at Ctrl-C mostly arrives within moments, and is better counted than given up.
        var patience = 15
        while !producer.waitUntilDrained(timeoutMilliseconds: 200) {
            if stop.isSet { patience -= 1 }
            if !hasPurged, patience <= 0 || (callsBackRest && hasFailed) {
                hasPurged = true
                producer.purge()
            }
        }
        return failures.list.withLock { list in
            defer { list = [] }
            return list
        }
    }

    private func pause() {
        producer.sendNow()
        _ = try? waitReadable([PollTarget(progress.fileDescriptor), PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 100)
        progress.drain()
    }
}
