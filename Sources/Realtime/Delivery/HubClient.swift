/// One connection in its hub. What it is used for per delivery comes first: it is touched for every event, and nothing else is.
public final class HubClient: Subscriber {
    enum State: UInt8 {
        case open
        /// Something has to be written still before the end.
        case closing
        /// Waits for its `disconnect`.
        case finished
        case gone
    }

    public var lastSequence: Int64 = -1
    /// Where it stands; nil for a client that has everything up to now and whose connection takes everything.
    var place: ClientPlace?
    /// The owner keeps it alive until it has called `disconnect`.
    unowned(unsafe) let socket: any ClientSocket
    /// First and last of what is collected for it in one round; -1: nothing.
    var gatheredFirst: Int32 = -1
    var gatheredLast: Int32 = -1
    public let form: ClientForm
    var state = State.open
    var isWaitingToSubscribe = false

    public var subscriptions = SubscriptionList()
    let number: UInt32
    /// Of this connection alone, in its hub.
    public let serial: UInt64
    /// What its token says.
    public internal(set) var grant: AccessGrant?
    var session = ClientSession()
    /// nil for nearly everybody.
    var mergedPast: MergedPast?
    let connectedAt: Int64
    var heard: Int64
    var asked: Int64
    /// When it was told last where it stands.
    var toldCursor: Int64

    init(number: UInt32, serial: UInt64, opening: ClientOpening, socket: any ClientSocket, now: Int64) {
        self.number = number
        self.serial = serial
        self.socket = socket
        form = opening.form
        grant = opening.grant
        connectedAt = now
        heard = now
        asked = now - 1
        toldCursor = now
    }

    public var user: String? { grant?.user }
    /// Whether the hub still does anything with it.
    public var isOpen: Bool { state == .open }
    /// Whether it has everything up to now.
    public var isLive: Bool { place == nil && state == .open }
    public var isBlocked: Bool { place?.isBlocked ?? false }
}
