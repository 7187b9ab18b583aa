/// The limits of some connections, and the memory that their unfinished messages hold together.
///
/// One for all connections of a loop; it is used on that loop's thread only. A few dozen peers that begin large messages and
/// never finish them fill a server whose limits count each connection by itself.
public final class WebSocketAllowance {
    public let limits: WebSocketLimits
    /// Bytes allocated for messages of which a part is still to come.
    public private(set) var unfinishedBytes = 0

    public init(limits: WebSocketLimits) { self.limits = limits }

    /// False, and nothing is taken, when it would be too much.
    func take(_ bytes: Int) -> Bool {
        guard bytes <= limits.unfinishedBytes &- unfinishedBytes else { return false }
        unfinishedBytes &+= bytes
        return true
    }

    func giveBack(_ bytes: Int) { unfinishedBytes &-= bytes }
}
