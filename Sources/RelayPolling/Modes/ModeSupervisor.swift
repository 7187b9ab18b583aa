public import RelayCore
public import ServiceRuntime
public import Telemetry

/// `mode=auto`: streams whenever that is possible, polls when it is not, and goes back by a handover, without a restart.
///
/// `run` blocks the calling thread, which becomes the publishing thread of whatever mode is at work: the two never overlap.
public final class ModeSupervisor {
    private let options: RelayOptions
    private let polling: PollingOptions
    private let state: RelayState
    private let metrics: RelayMetrics
    private let logger: Logger
    private let stop: StopSignal
    /// Streams that ended soon, in a row.
    private var attempts = 0

    /// A stream that lived for this long, in ns, was no failed attempt.
    private static let steadyStream: Int64 = 60_000_000_000

    public init(
        options: RelayOptions, polling: PollingOptions, state: RelayState, metrics: RelayMetrics, logger: Logger, stop: StopSignal
    ) {
        self.options = options
        self.polling = polling
        self.state = state
        self.metrics = metrics
        self.logger = logger
        self.stop = stop
    }

    /// Runs until `stop` is set, or until neither way can publish.
    public func run() -> Relay.Ending {
        while true {
            let began = MonotonicTime.now()
            state.update { $0.modeReason = "" }
            let ending = Relay(options: options, state: state, metrics: metrics, logger: logger, stop: stop).run()
            guard case .failed(let findings) = ending, !stop.isSet, options.fallsBackToPolling,
                let reason = FallbackPolicy.reason(findings)
            else { return ending }
            attempts = MonotonicTime.now() - began > Self.steadyStream ? 0 : attempts + 1
            if let end = poll(because: reason, findings) { return end }
        }
    }

    /// Polls until a stream is possible again; nil then.
    private func poll(because reason: Finding, _ findings: [Finding]) -> Relay.Ending? {
        logger.warning(
            "events are published by polling until a stream is possible",
            [
                .name: .string(reason.check), .reason: .string("\(reason.object): \(reason.fact)"),
                .remedy: .string(reason.remedy),
            ])
        state.update { $0.modeReason = "\(reason.object): \(reason.fact)" }
        metrics.modeChanges(to: "polling", reason: reason.check).add()
        let isBudget = reason.check == "wal.budget"
        if isBudget { SlotRelease(options: options, logger: logger, stop: stop).perform() }
        let policy = ReturnPolicy(since: MonotonicTime.now(), attempts: attempts, onlyCaughtUp: isBudget)
        let ending: PollingRelay.Ending
        do throws(SystemError) {
            let yield = try StopSignal()
            let probe = try StreamProbe(options: options, policy: policy, state: state, yield: yield, logger: logger)
            try probe.start()
            defer { probe.finish() }
            ending = PollingRelay(
                options: options, polling: polling, state: state, metrics: metrics, logger: logger, stop: stop
            ).run(yield: yield)
        } catch {
            return .failed([Finding("resource", .fail, object: "process", fact: "\(error)")])
        }
        switch ending {
        case .stopped: return .stopped
        case .failed(let others):
            let known = Set(findings.map(\.check))
            return .failed(findings + others.filter { !known.contains($0.check) })
        case .yielded(let why):
            logger.info("polling ends, a stream takes over", [.reason: .string(why)])
            metrics.modeChanges(to: "cdc", reason: "possible").add()
            return nil
        }
    }
}
