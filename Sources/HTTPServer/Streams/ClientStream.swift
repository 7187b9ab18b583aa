import CLibEvent
import Glibc
import ServiceRuntime

/// A connection that a stream's route has accepted: bytes in both directions, plain or TLS, without HTTP.
///
/// What is written goes to the socket at once. A stream has no queue: what the socket does not take stays with the writer.
///
/// Everything here belongs to the loop's thread. After the end every call does nothing.
public final class ClientStream {
    // What every write touches comes first, so that it lies together in memory.
    private let socket: StreamSocket
    private var state = StreamState() {
        didSet { isWritable = state.canWrite }
    }
    /// Whether `write` takes anything now.
    public private(set) var isWritable = true
    private var armed = StreamState.Interest()
    /// The place in the table.
    var slot: Int32 = 0
    private var event: OpaquePointer?
    private var handler: (any ClientStreamHandler)?
    /// The loop that the stream lives on.
    public let loop: ServerLoop
    private unowned let table: StreamTable
    /// A TLS record that OpenSSL has begun to write and has to be given again.
    private var unsent: [UInt8] = []
    /// What the client sent behind the request's head.
    private var early: [UInt8]
    /// Until when to wait for the client's end, in nanoseconds of the monotonic clock.
    private var deadline: Int64 = 0

    /// Takes ownership of the socket.
    init(table: StreamTable, socket: StreamSocket, early: [UInt8]) {
        self.table = table
        self.socket = socket
        self.early = early
        loop = table.loop
    }

    /// Whether the stream is encrypted.
    public var isTLS: Bool {
        socket.ssl != nil
    }

    /// The numeric address of the other side, without the port; empty after the end.
    public var peer: String {
        state.phase == .ended ? "" : SocketAddress.peer(of: socket.descriptor)
    }

    /// Writes to the socket at once.
    ///
    /// - Returns: the bytes that were taken. When these are fewer than were given, `streamBecameWritable` comes as soon as more
    ///   can be, and until then nothing is taken; when the stream broke, `streamEnded` comes.
    public func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        var taken = 0
        while taken < bytes.count, isWritable {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            let moved = account(socket.send(rest), of: rest)
            taken += moved
        }
        return taken
    }

    /// Writes several buffers, in as few calls of the kernel (and, with TLS, as few records) as can be.
    ///
    /// - Returns: the bytes that were taken of all together, as `write` of one buffer does.
    public func write(_ buffers: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Int {
        isTLS ? writeRecords(buffers) : writeVectors(buffers)
    }

    /// Gives the handler nothing more, and lets the client wait when it sends on. The client's end is not noticed meanwhile.
    public func pauseReading() {
        guard state.phase == .open, !state.isPaused else { return }
        state.isPaused = true
        arm()
    }

    public func resumeReading() {
        guard state.phase == .open, state.isPaused else { return }
        state.isPaused = false
        arm()
        if !early.isEmpty || socket.hasDecrypted {
            loop.soon { [self] in readInput() }
        }
    }

    /// Ends the stream at once. What the kernel has taken is still sent, unless the client sent something that was not read.
    public func close() {
        end(.closed)
    }

    /// Ends our side after everything that was taken, then waits for the client to end its own; what it still sends is thrown
    /// away. The handler gets `streamEnded` and nothing else.
    public func finish(timeoutMilliseconds: Int) {
        guard state.phase == .open else { return }
        state.phase = .finishing
        early = []
        deadline = MonotonicTime.now() + Int64(clamping: max(1, timeoutMilliseconds)) * 1_000_000
        if !state.hasUnsent {
            endSending()
        }
        arm()
    }
}

extension ClientStream {
    /// Writes the head, then makes the handler and gives it what the client has sent already. The stream may be over at once.
    func open(_ head: ResponseHead, _ makeHandler: (ClientStream) -> any ClientStreamHandler) {
        table.insert(self)
        // The context is unretained: the table holds this object until `end` frees the event.
        let context = Unmanaged.passUnretained(self).toOpaque()
        event = event_new(loop.base, socket.descriptor, Int16(EV_READ | EV_PERSIST), Self.onEvent, context)
        let bytes = head.bytes
        guard event != nil, bytes.withUnsafeBytes({ write($0) }) == bytes.count else { return end(.closed) }
        let handler = makeHandler(self)
        // It may have closed the stream already, but is told of the end all the same.
        self.handler = handler
        arm()
        if state.canRead, !early.isEmpty {
            readInput()
        }
    }

    /// Ends the stream now; the handler hears of it after the callback that is being run.
    func end(_ reason: StreamEnd) {
        guard state.phase != .ended else { return }
        let isOrderly = !state.hasUnsent && !state.isHalfClosed && reason != .clientClosed && !reason.isFailure
        state.phase = .ended
        if let event {
            event_free(event)
        }
        event = nil
        socket.close(orderly: isOrderly)
        unsent = []
        early = []
        table.remove(self)
        loop.soon { [self] in
            let handler = handler
            self.handler = nil
            handler?.streamEnded(self, reason)
        }
    }

    private static let onEvent: event_callback_fn = { _, what, context in
        guard let context else { return }
        Unmanaged<ClientStream>.fromOpaque(context).takeUnretainedValue().ready(Int32(what))
    }

    private func ready(_ what: Int32) {
        if what & EV_WRITE != 0 {
            becameWritable()
        }
        if state.phase == .finishing {
            return finishOn(what)
        }
        if what & EV_READ != 0, state.canRead {
            readInput()
        }
        arm()
    }

    private func becameWritable() {
        if state.hasUnsent {
            flushUnsent()
            guard !state.hasUnsent else { return }
        }
        guard state.phase == .open else { return }
        state.isBlocked = false
        handler?.streamBecameWritable(self)
    }

    /// Ends the record that OpenSSL has begun, and those after it: a client may have asked for smaller ones.
    private func flushUnsent() {
        while !unsent.isEmpty {
            switch unsent.withUnsafeBytes({ socket.send($0) }) {
            case .moved(let count): unsent.removeFirst(count)
            case .blocked: return
            case .ended: return end(.clientClosed)
            case .failed(let error): return end(.failed(error))
            }
        }
        unsent = []
        state.hasUnsent = false
        if state.phase == .finishing {
            endSending()
        }
    }

    private func endSending() {
        state.isHalfClosed = true
        socket.endSending()
    }

    /// Waits for the client's end.
    private func finishOn(_ what: Int32) {
        if what & EV_READ != 0 {
            switch socket.receive(into: table.input) {
            case .moved, .blocked: break
            case .ended, .failed: return end(.finished)
            }
        }
        guard MonotonicTime.now() < deadline else { return end(.finished) }
        arm()
    }

    private func readInput() {
        if state.canRead, !early.isEmpty {
            let bytes = early
            early = []
            bytes.withUnsafeBytes { handler?.stream(self, received: $0) }
        }
        // Without TLS one read is enough: the kernel tells again. What OpenSSL has decrypted nobody tells.
        repeat {
            guard state.canRead else { return }
            switch socket.receive(into: table.input) {
            case .moved(let count):
                handler?.stream(self, received: UnsafeRawBufferPointer(rebasing: table.input[..<count]))
            case .blocked: return
            case .ended: return end(.clientClosed)
            case .failed(let error): return end(.failed(error))
            }
        } while state.phase == .open && socket.hasDecrypted
    }

    /// Tells libevent what to wait for, when that has changed.
    private func arm() {
        guard let event else { return }
        let interest = state.interest
        guard interest != armed || state.phase == .finishing else { return }
        armed = interest
        event_del(event)
        guard !interest.isNothing else { return }
        var flags = EV_PERSIST
        if interest.reading { flags |= EV_READ }
        if interest.writing { flags |= EV_WRITE }
        let context = Unmanaged.passUnretained(self).toOpaque()
        event_assign(event, loop.base, socket.descriptor, Int16(flags), Self.onEvent, context)
        if state.phase == .finishing {
            var rest = timeval(milliseconds: Int((deadline - MonotonicTime.now()) / 1_000_000) + 1)
            event_add(event, &rest)
        } else {
            event_add(event, nil)
        }
    }

    /// - Returns: the bytes that count as taken of `bytes`.
    private func account(_ transfer: StreamSocket.Transfer, of bytes: UnsafeRawBufferPointer) -> Int {
        switch transfer {
        case .moved(let count):
            if count < bytes.count, !isTLS {
                block()
            }
            return count
        case .blocked:
            defer { block() }
            return isTLS ? keepRecord(bytes) : 0
        case .ended:
            end(.clientClosed)
        case .failed(let error):
            end(.failed(error))
        }
        return 0
    }

    private func block() {
        state.isBlocked = true
        arm()
    }

    /// OpenSSL has made a record of these bytes and sent a part of it: they are on their way, and it wants to see them again.
    private func keepRecord(_ bytes: UnsafeRawBufferPointer) -> Int {
        unsent = Array(bytes.prefix(StreamSocket.recordBytes))
        state.hasUnsent = true
        return unsent.count
    }

    private func writeVectors(_ buffers: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Int {
        var taken = 0
        var start = 0
        while start < buffers.count, isWritable {
            let part = buffers[start..<min(start + StreamSocket.vectorLimit, buffers.count)]
            start = part.endIndex
            let wanted = part.reduce(0) { $0 + $1.count }
            guard wanted > 0 else { continue }
            switch socket.send(part) {
            case .moved(let count):
                taken += count
                if count < wanted {
                    block()
                }
            case .blocked: block()
            case .ended: end(.clientClosed)
            case .failed(let error): end(.failed(error))
            }
        }
        return taken
    }

    private func writeRecords(_ buffers: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Int {
        var taken = 0
        var used = 0
        func flush() {
            let bytes = UnsafeRawBufferPointer(rebasing: table.record[..<used])
            taken += write(bytes)
            used = 0
        }
        for buffer in buffers where isWritable {
            if used + buffer.count > table.record.count {
                flush()
            }
            if buffer.count > table.record.count {
                guard isWritable else { break }
                taken += write(buffer)
            } else if isWritable {
                UnsafeMutableRawBufferPointer(rebasing: table.record[used...]).copyMemory(from: buffer)
                used += buffer.count
            }
        }
        if used > 0 {
            flush()
        }
        return taken
    }
}

extension StreamEnd {
    var isFailure: Bool {
        if case .failed = self { true } else { false }
    }
}
