/// What kind of failure stands between an event and its effects: each kind is treated differently.
public enum ErrorClass: Hashable, Sendable, CustomStringConvertible {
    /// The event itself cannot be used, or the business refuses it: no repetition helps. A dead letter at once.
    case badData
    /// The same attempt can succeed a moment later (deadlock, serialization failure, lock timeout). Repeated with backoff.
    case transient
    /// A system that the effects need does not answer, by its name (`postgres`, `redis`, a host). No event's fault: the breaker opens,
    /// the partitions wait, nothing becomes a dead letter.
    case dependency(String)
    /// Anything else. Repeated with backoff; an event that still fails alone is a dead letter.
    case unknown

    /// As in metrics and in the headers of dead letters.
    public var description: String {
        switch self {
        case .badData: "bad_data"
        case .transient: "transient"
        case .dependency: "dependency_down"
        case .unknown: "unknown"
        }
    }
}
