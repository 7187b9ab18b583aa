/// One event's bytes in every form, looked up once for all its receivers.
struct EventBytes {
    let event: RealtimeEvent
    private let frame: UnsafeRawBufferPointer?
    private var stream: UnsafeRawBufferPointer?
    private var named: UnsafeRawBufferPointer?
    private var isNamedKnown = false

    init(_ event: RealtimeEvent) {
        self.event = event
        frame = event.bytes(for: .webSocket)
    }

    /// Valid as long as the event is.
    @inline(__always)
    mutating func bytes(for form: ClientForm) -> UnsafeRawBufferPointer? {
        if form == .webSocket { return frame }
        if form == .eventStream, let stream { return stream }
        return lookUp(form)
    }

    @inline(never)
    private mutating func lookUp(_ form: ClientForm) -> UnsafeRawBufferPointer? {
        if form == .eventStream {
            stream = event.bytes(for: .eventStream)
            return stream
        }
        if !isNamedKnown {
            named = event.bytes(for: .userStream)
            isNamedKnown = true
        }
        return named
    }
}
