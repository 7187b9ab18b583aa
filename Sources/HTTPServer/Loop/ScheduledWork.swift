import CLibEvent

/// A timer of a loop as libevent knows it. Belongs to the loop's thread.
final class ScheduledWork {
    private let id: Int
    private let isRepeating: Bool
    private let work: @Sendable () -> Void
    private unowned let loop: ServerLoop
    private var event: OpaquePointer?

    /// nil when libevent has no memory left.
    init?(id: Int, milliseconds: Int, isRepeating: Bool, loop: ServerLoop, work: @escaping @Sendable () -> Void) {
        self.id = id
        self.isRepeating = isRepeating
        self.work = work
        self.loop = loop
        // The context is unretained: the loop holds this object for as long as the event lives.
        event = event_new(
            loop.base, -1, isRepeating ? Int16(EV_PERSIST) : 0,
            { _, _, context in
                guard let context else { return }
                Unmanaged<ScheduledWork>.fromOpaque(context).takeUnretainedValue().fire()
            }, Unmanaged.passUnretained(self).toOpaque())
        guard event != nil else { return nil }
        var interval = timeval(milliseconds: milliseconds)
        event_add(event, &interval)
    }

    deinit {
        if let event {
            event_free(event)
        }
    }

    private func fire() {
        // Kept until the end of this call, whatever the work does.
        let work = work
        if !isRepeating {
            loop.removeTimer(id)
        }
        work()
    }
}
