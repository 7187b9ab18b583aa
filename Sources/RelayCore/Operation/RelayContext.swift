import ServiceRuntime
import Telemetry

/// What everything on the replication thread needs.
struct RelayContext {
    let options: RelayOptions
    let state: RelayState
    let metrics: RelayMetrics
    let logger: Logger
    let stop: StopSignal
}
