/// Where a stream stands: the decisions about what to wait for, without the socket.
struct StreamState: Sendable, Hashable {
    enum Phase: Sendable, Hashable {
        case open
        /// Nothing is written any more but what was taken; what comes is thrown away until the client ends its side.
        case finishing
        case ended
    }

    struct Interest: Sendable, Hashable {
        var reading = false
        var writing = false

        var isNothing: Bool {
            !reading && !writing
        }
    }

    var phase = Phase.open
    /// The handler wants to get nothing.
    var isPaused = false
    /// The socket took less than it was given; `streamBecameWritable` is owed.
    var isBlocked = false
    /// A TLS record has begun its way and must be ended before anything else is written.
    var hasUnsent = false
    /// Our side of the connection is ended, after everything that was taken.
    var isHalfClosed = false

    var canWrite: Bool {
        phase == .open && !isBlocked
    }

    var canRead: Bool {
        phase == .open && !isPaused
    }

    /// What to ask the kernel for.
    var interest: Interest {
        switch phase {
        case .open: Interest(reading: !isPaused, writing: isBlocked)
        case .finishing: Interest(reading: true, writing: hasUnsent)
        case .ended: Interest()
        }
    }
}
