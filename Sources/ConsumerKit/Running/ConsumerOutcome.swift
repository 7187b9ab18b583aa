/// How a consumer's run ended.
public enum ConsumerOutcome: Hashable, Sendable {
    /// Asked to stop, and stopped; `isClean` when everything that ran was finished and the group was left in time.
    case stopped(isClean: Bool)
    /// Going on cannot work; the sentence says why and what mends it.
    case failed(reason: String)
}
