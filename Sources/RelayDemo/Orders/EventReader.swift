import Kafka
import ServiceRuntime
import Synchronization
import Telemetry

/// Reads topics back as a consumer would, on a thread of its own, and enters what it finds.
final class EventReader: Sendable {
    private let consumer: Consumer
    private let recorder: DeliveryRecorder
    private let done = Atomic<Bool>(false)
    private let thread = Mutex<OwnedThread?>(nil)
    private let onArrival = Mutex<(@Sendable (Record) -> Void)?>(nil)

    /// Begins to read; everything that is produced from now on will be found.
    init(topics: [String], bootstrap: String, isMock: Bool, recorder: DeliveryRecorder) throws(DemoError) {
        self.recorder = recorder
        var properties: KafkaProperties = ["bootstrap.servers": bootstrap, "enable.partition.eof": "false"]
        // The mock broker answers an empty fetch only after the full wait, also when a record comes in meanwhile.
        if isMock { properties["fetch.wait.max.ms"] = "2" }
        do throws(KafkaError) {
            consumer = try Consumer(properties: properties, logger: .disabled)
            for topic in topics { try consumer.assign(topic: topic) }
        } catch { throw DemoError("reading \(topics.joined(separator: ", ")): \(error)") }
        do throws(SystemError) {
            let started = try OwnedThread.start(name: "reader") { [self] in run() }
            thread.withLock { $0 = started }
        } catch { throw DemoError("\(error)") }
    }

    /// Calls `body` with every later record that the demo did not write itself, on the reader's thread.
    func showStrangers(_ body: @escaping @Sendable (Record) -> Void) { onArrival.withLock { $0 = body } }

    func stop() {
        done.store(true, ordering: .releasing)
        thread.withLock { $0 }?.join()
        consumer.close()
    }

    private func run() {
        while !done.load(ordering: .acquiring) {
            switch consumer.poll(timeoutMilliseconds: 50) {
            case .record(let record): enter(record, at: MonotonicTime.now())
            case .error(let error): recorder.note(error)
            case .endOfPartition, .nothing: break
            }
        }
    }

    private func enter(_ record: Record, at time: Int64) {
        let id = record.header("event_id").flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) } ?? ""
        let key = String(decoding: record.key ?? [], as: UTF8.self)
        let isOwn = recorder.arrive(
            record, id: id, key: key, sequence: record.value.flatMap { OrderEvent.sequence(in: $0) }, at: time)
        if !isOwn { onArrival.withLock { $0 }?(record) }
    }
}
