import Kafka
import RelayCore
import ServiceRuntime
import Synchronization
import Telemetry

/// The delivery reports of the batch under way, row by row: written by the delivery thread, read by the polling thread.
final class BatchReports: Sendable {
    /// A message that will not arrive.
    struct Failure: Sendable {
        let name: String
        /// The broker refuses it, or another one of its batch.
        let isPoison: Bool
    }

    private struct State {
        /// Reports of earlier attempts are of no interest.
        var attempt: UInt32 = 0
        /// Unix µs of the acknowledgement; 0 without one.
        var acknowledgedAt: [Int64] = []
        var reported = 0
        var failure: Failure?
    }

    private let state = Mutex(State())
    /// Readable when something was reported; also signalled by the topic inspector.
    let progress: EventFD
    private let metrics: RelayMetrics

    init(metrics: RelayMetrics) throws(SystemError) {
        progress = try EventFD()
        self.metrics = metrics
    }

    /// Begins an attempt for rows 0 ..< `rows`; a message's opaque word is the result and its row.
    func begin(rows: Int) -> UInt {
        state.withLock { state in
            state.attempt &+= 1
            state.acknowledgedAt = Array(repeating: 0, count: rows)
            state.reported = 0
            state.failure = nil
            return UInt(state.attempt) << 32
        }
    }

    /// Messages reported, and the first failure; a refused message is the cause, whenever it is told.
    var view: (reported: Int, failure: Failure?) { state.withLock { ($0.reported, $0.failure) } }

    /// When each row was acknowledged, in Unix µs; 0 where it was not.
    var acknowledged: [Int64] { state.withLock { $0.acknowledgedAt } }

    /// On the delivery thread.
    func take(_ reports: borrowing DeliveryReports) {
        let now = MonotonicTime.wallClockMicroseconds()
        state.withLock { state in
            reports.forEachRun { opaque, count in
                guard UInt32(truncatingIfNeeded: opaque >> 32) == state.attempt else { return }
                let row = Int(opaque & 0xffff_ffff)
                if row < state.acknowledgedAt.count { state.acknowledgedAt[row] = now }
                state.reported += count
            }
            reports.forEachFailure { report in
                let kind = DeliveryFailureClass(report.code)
                if kind == .purged { metrics.invalidatedDeliveries.add() }
                guard UInt32(truncatingIfNeeded: report.opaque >> 32) == state.attempt else { return }
                state.reported += 1
                if kind != .purged { Self.note(Failure(name: report.error.name, isPoison: kind == .poison), in: &state) }
            }
        }
        progress.signal()
    }

    /// A producer is dead.
    func fail(_ name: String) {
        refuse(Failure(name: name, isPoison: false))
        progress.signal()
    }

    /// A message was not even taken.
    func refuse(_ failure: Failure) { state.withLock { Self.note(failure, in: &$0) } }

    private static func note(_ failure: Failure, in state: inout State) {
        if let known = state.failure, known.isPoison || !failure.isPoison { return }
        state.failure = failure
    }
}
