/// Now, by both clocks.
public struct HubTime: Sendable, Equatable {
    /// Milliseconds of a clock that never goes back.
    public var milliseconds: Int64
    /// Seconds since 1970: what tokens expire by.
    public var unixSeconds: Int64

    public init(milliseconds: Int64, unixSeconds: Int64) {
        self.milliseconds = milliseconds
        self.unixSeconds = unixSeconds
    }
}
