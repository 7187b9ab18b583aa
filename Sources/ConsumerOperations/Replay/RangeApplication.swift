import Configuration
import ConsumerKit
import Kafka
import RelayOperations
import ServiceRuntime

/// Reads ranges and applies them in batches. One thread's.
final class RangeApplication {
    private let session: ConsumerSession
    private let application: PatientApplication
    private let store: LetterStore
    private let reader: RangeReader
    private let again: Bool
    private(set) var tally = ReplayTally()

    /// - Parameter again: applies what the inbox knows as well, but nothing that is a dead letter or waits behind one.
    init(_ session: ConsumerSession, _ consumer: ConfiguredConsumer, reader: RangeReader, again: Bool) throws(OperationError) {
        self.session = session
        self.reader = reader
        self.again = again
        store = LetterStore(session: session)
        application = try PatientApplication(session, consumer)
    }

    func run(_ ranges: [RecordRange], _ options: EventApplication.Options, _ progress: (String) -> Void) throws(OperationError) {
        let total = ranges.reduce(0) { $0 + $1.count }
        let batches = session.settings.batches
        try reader.read(ranges, batch: batches.records, batchBytes: batches.bytes) { records throws(OperationError) in
            var chosen = records
            if again {
                let known = try store.known(records.map { RecordPlace($0) }, includesRetried: false)
                chosen.removeAll { known.contains(RecordPlace($0)) }
                tally.deadLetters += records.count - chosen.count
            }
            try apply(chosen[...], options)
            progress(
                """
                \(Quantity.count(reader.done)) of \(Quantity.count(total)) records read, \(Quantity.count(tally.applied)) applied
                """)
        }
    }

    /// Halves what fails as a whole until the guilty one stands alone.
    private func apply(_ records: ArraySlice<Record>, _ options: EventApplication.Options) throws(OperationError) {
        guard !records.isEmpty, !session.stop.isSet else { return }
        let outcomes = try application.apply(Array(records), options)
        if case .failed(_, let reason)? = outcomes.first {
            guard records.count > 1 else {
                if let record = records.first { try reject([(RecordPlace(record), reason)]) }
                return
            }
            let middle = records.startIndex + records.count / 2
            try apply(records[..<middle], options)
            try apply(records[middle...], options)
            return
        }
        var rejections: [(place: RecordPlace, reason: String)] = []
        for (record, outcome) in zip(records, outcomes) {
            switch outcome {
            case .applied: tally.applied += 1
            case .duplicate: tally.duplicates += 1
            case .passedOver: tally.passedOver += 1
            case .rejected(let reason), .failed(_, let reason): rejections.append((RecordPlace(record), reason))
            }
        }
        try reject(rejections)
    }

    private func reject(_ rejections: [(place: RecordPlace, reason: String)]) throws(OperationError) {
        let known = try store.known(rejections.map(\.place), includesRetried: true)
        for (place, reason) in rejections {
            if known.contains(place) { tally.deadLetters += 1 } else { tally.reject(place, reason) }
        }
    }
}
