import COpenSSL

/// One connection of a ``Swarm``.
struct SwarmClient {
    enum State: UInt8 {
        case idle
        case connecting
        /// The TLS handshake.
        case securing
        /// The answer to the upgrade is awaited.
        case upgrading
        /// The server's first message is awaited.
        case greeting
        case ready
    }

    var descriptor: Int32 = -1
    var state = State.idle
    /// It reads nothing any more.
    var isDeaf = false
    var ssl: OpaquePointer?
    /// The next event that it is to get.
    var next = 0
    /// The beginning of a frame of which the rest is to come.
    var partial: UnsafeMutableRawPointer?
    var partialCount = 0
    var partialRoom = 0
}
