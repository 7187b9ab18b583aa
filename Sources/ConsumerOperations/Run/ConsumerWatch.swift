import ConsumerKit
import RelayOperations
import ServiceRuntime
import Telemetry

/// Watches the consumers until they are to stop: says when all become ready or one does not, and keeps the service manager informed.
struct ConsumerWatch {
    let runners: [ConsumerRunner]
    let logger: Logger
    let stop: StopSignal

    /// Why the consumers are not ready, one sentence for each that is not.
    static func reasons(_ runners: [ConsumerRunner]) -> [String] {
        runners.compactMap { runner in
            let (isReady, reason) = runner.readiness
            return isReady ? nil : "\(runner.definition.name): \(reason)"
        }
    }

    /// Returns once the stop is set or a consumer has ended by itself.
    func run() {
        let manager = ServiceManager(environment: ProcessEnvironment.all)
        let pause = min(500, max(100, (manager?.watchdogIntervalMicroseconds ?? 2_000_000) / 2_000))
        var wasReady: Bool?
        var isAnnounced = false
        while !stop.isSet, runners.allSatisfy({ $0.outcome == nil }) {
            let reasons = Self.reasons(runners)
            if wasReady != reasons.isEmpty {
                if reasons.isEmpty {
                    logger.info("ready: events are applied")
                } else if wasReady != nil {
                    logger.warning("not ready", [.reason: .string(reasons.joined(separator: "; "))])
                }
                wasReady = reasons.isEmpty
            }
            let status = reasons.first ?? "events are applied"
            if !isAnnounced, reasons.isEmpty { isAnnounced = manager?.notify("READY=1\nSTATUS=\(status)") ?? true }
            if manager?.watchdogIntervalMicroseconds != nil, runners.allSatisfy(\.isLive) {
                _ = manager?.notify("WATCHDOG=1\nSTATUS=\(status)")
            }
            _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: pause)
        }
        _ = manager?.notify("STOPPING=1")
    }
}
