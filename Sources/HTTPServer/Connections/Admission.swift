import ServiceRuntime
import Synchronization

/// The places for connections, which all loops of a server share, and its counters.
final class Admission: Sendable {
    private struct State {
        var rule: AdmissionRule
        var statistics = HTTPStatistics()
    }

    private let state: Mutex<State>

    init(limits: HTTPLimits) {
        state = Mutex(State(rule: AdmissionRule(limits: limits, now: MonotonicTime.now())))
    }

    var isFull: Bool {
        state.withLock { $0.rule.isFull }
    }

    var isTight: Bool {
        state.withLock { $0.rule.isTight }
    }

    var statistics: HTTPStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.connections = state.rule.served
            return statistics
        }
    }

    func admit(canRefuse: Bool) -> AdmissionRule.Verdict {
        let now = MonotonicTime.now()
        return state.withLock { state in
            let verdict = state.rule.admit(now: now, canRefuse: canRefuse)
            switch verdict {
            case .serve: state.statistics.accepted += 1
            case .refuse: state.statistics.refused += 1
            case .drop: state.statistics.dropped += 1
            }
            return verdict
        }
    }

    func ended(_ verdict: AdmissionRule.Verdict) {
        state.withLock { $0.rule.ended(verdict) }
    }

    func streamOpened() {
        state.withLock {
            $0.statistics.streams += 1
            $0.statistics.streamsOpened += 1
        }
    }

    func streamEnded() {
        state.withLock {
            $0.statistics.streams -= 1
            $0.rule.ended(.serve)
        }
    }
}
