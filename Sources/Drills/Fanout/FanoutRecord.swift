/// What one client of a fan-out saw, over all its connections.
public struct FanoutRecord: Sendable {
    /// Hashed ids of its events, as they came.
    public internal(set) var events: [UInt64] = []
    /// How often it came back with a cursor and was let in.
    public internal(set) var resumes = 0
    /// Why it was told to load everything anew; a hole each.
    public internal(set) var resets: [String] = []
    /// What a client must not be told: refusals that no fault explains, errors, broken messages.
    public internal(set) var faults: [String] = []
}
