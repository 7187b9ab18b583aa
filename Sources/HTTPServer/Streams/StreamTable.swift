import ServiceRuntime

/// The open streams of one loop, and what they share. Used on the loop's thread only.
final class StreamTable {
    /// What one read takes at most.
    private static let inputBytes = 65_536

    let loop: ServerLoop
    /// Where every read of this loop goes: no stream holds a buffer while it is idle.
    let input: UnsafeMutableRawBufferPointer
    /// Where small buffers become one TLS record.
    let record: UnsafeMutableRawBufferPointer
    private let admission: Admission
    private var streams: [ClientStream] = []

    init(loop: ServerLoop, admission: Admission) {
        self.loop = loop
        self.admission = admission
        input = .allocate(byteCount: Self.inputBytes, alignment: 16)
        record = .allocate(byteCount: StreamSocket.recordBytes, alignment: 16)
    }

    deinit {
        input.deallocate()
        record.deallocate()
    }

    func insert(_ stream: ClientStream) {
        stream.slot = Int32(streams.count)
        streams.append(stream)
        admission.streamOpened()
    }

    /// Lets a stream go, whose place the last one takes.
    func remove(_ stream: ClientStream) {
        let slot = Int(stream.slot)
        streams.swapAt(slot, streams.count - 1)
        streams[slot].slot = Int32(slot)
        streams.removeLast()
        admission.streamEnded()
    }

    /// Ends every stream, and tells the handlers before it returns.
    func removeAll() {
        while let stream = streams.last {
            stream.end(.serverStopped)
        }
        loop.runSoonWork()
    }
}
