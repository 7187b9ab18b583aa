import Kafka
import Synchronization

/// Counts what is reported, per opaque value.
final class Ledger: Sendable {
    struct Entry: Equatable, Sendable {
        var delivered = 0
        var failed: [DeliveryReports.Failure] = []
    }

    private let entries = Mutex<[UInt: Entry]>([:])
    private let errors = Mutex<[KafkaError]>([])
    private let runLengths = Mutex<[Int]>([])

    func note(_ reports: borrowing DeliveryReports) {
        reports.forEachRun { opaque, count in
            entries.withLock { $0[opaque, default: Entry()].delivered += count }
            runLengths.withLock { $0.append(count) }
        }
        reports.forEachFailure { failure in
            entries.withLock { $0[failure.opaque, default: Entry()].failed.append(failure) }
        }
    }

    func note(_ error: KafkaError) {
        errors.withLock { $0.append(error) }
    }

    subscript(opaque: UInt) -> Entry { entries.withLock { $0[opaque] ?? Entry() } }

    var delivered: Int { entries.withLock { $0.values.reduce(0) { $0 + $1.delivered } } }
    var failures: [DeliveryReports.Failure] { entries.withLock { $0.values.flatMap(\.failed) } }
    var runs: [Int] { runLengths.withLock { $0 } }
    var clientErrors: [KafkaError] { errors.withLock { $0 } }
}
