/// What a running consumer does, as told by `/status`.
public enum ConsumerState: String, Hashable, Sendable, CaseIterable {
    /// Checks, connects, waits for its first partitions.
    case starting
    /// Applies events, or would if there were any.
    case running
    /// A dependency is down: partitions are paused until it is back.
    case waiting
    /// It found too many bad events and applies nothing until it is started again.
    case halted
    /// Asked to stop: finishes what runs.
    case draining
    case stopped
    /// It cannot go on: see its reason.
    case failed
}
