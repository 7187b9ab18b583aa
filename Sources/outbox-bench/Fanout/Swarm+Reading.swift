import COpenSSL
import Glibc
import ServiceRuntime

extension Swarm {
    func read(_ index: Int) {
        repeat {
            let kept = clients[index].partialCount
            if kept > 0, let partial = clients[index].partial {
                buffer.baseAddress?.copyMemory(from: partial, byteCount: kept)
                clients[index].partialCount = 0
            }
            guard let start = buffer.baseAddress else { return }
            let got: Int
            if let ssl = clients[index].ssl {
                ERR_clear_error()
                let result = SSL_read(ssl, start + kept, Int32(buffer.count - kept))
                if result <= 0 {
                    keep(index, UnsafeRawBufferPointer(rebasing: buffer[..<kept]))
                    if SSL_get_error(ssl, result) != SSL_ERROR_WANT_READ { fail(index, "the server ended the connection") }
                    return
                }
                got = Int(result)
            } else {
                got = recv(clients[index].descriptor, start + kept, buffer.count - kept, 0)
                if got <= 0 {
                    keep(index, UnsafeRawBufferPointer(rebasing: buffer[..<kept]))
                    if got == 0 || (errno != EAGAIN && errno != EINTR) { fail(index, "the server ended the connection") }
                    return
                }
            }
            reads += 1
            take(index, UnsafeRawBufferPointer(rebasing: buffer[..<(kept + got)]))
        } while clients[index].ssl.map { SSL_pending($0) > 0 } ?? false
    }

    func keep(_ index: Int, _ rest: UnsafeRawBufferPointer) {
        guard let source = rest.baseAddress, !rest.isEmpty else { return }
        if clients[index].partialRoom < rest.count {
            clients[index].partial?.deallocate()
            clients[index].partialRoom = max(1_024, rest.count)
            clients[index].partial = .allocate(byteCount: clients[index].partialRoom, alignment: 16)
        }
        clients[index].partial?.copyMemory(from: source, byteCount: rest.count)
        clients[index].partialCount = rest.count
    }

    func take(_ index: Int, _ bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        if clients[index].state == .upgrading {
            guard let end = Self.endOfHead(rest) else { return keep(index, rest) }
            let head = String(decoding: rest[..<end], as: UTF8.self)
            guard head.hasPrefix("HTTP/1.1 101 "), head.contains(Self.acceptance) else {
                return fail(index, "refused: \(head.prefix { !$0.isNewline })")
            }
            clients[index].state = .greeting
            rest = UnsafeRawBufferPointer(rebasing: rest[end...])
        }
        var next = clients[index].next
        let first = next
        while let start = rest.baseAddress, rest.count >= 2 {
            if let known = frames.frame(next), known.count <= rest.count, let reference = known.baseAddress,
                memcmp(start, reference, known.count) == 0
            {
                next += 1
                rest = UnsafeRawBufferPointer(rebasing: rest[known.count...])
                continue
            }
            clients[index].next = next
            guard let length = takeFrame(index, rest) else { break }
            next = clients[index].next
            rest = UnsafeRawBufferPointer(rebasing: rest[length...])
        }
        clients[index].next = next
        keep(index, rest)
        guard next > first else { return }
        deliveries += next - first
        if let timed { note(first..<next, timed.events, timed.schedule, timed.firstNumber) }
    }

    func note(_ received: Range<Int>, _ events: Range<Int>, _ schedule: Schedule, _ firstNumber: Int) {
        let now = MonotonicTime.now()
        for number in received.clamped(to: events) { latencies.append(now - schedule.due(number - firstNumber)) }
    }

    /// A frame that is not simply the next event as others have had it.
    /// - Returns: its length; nil when it is not all there, or wrong.
    func takeFrame(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Int? {
        var head = 2
        var length = Int(bytes[1])
        guard length <= 127 else {
            fail(index, "a masked frame")
            return nil
        }
        if length >= 126 {
            let width = length == 126 ? 2 : 8
            head += width
            guard bytes.count >= head else { return nil }
            length = bytes[2..<head].reduce(0) { $0 << 8 | Int($1) }
        }
        guard bytes.count >= head + length else { return nil }
        let frame = UnsafeRawBufferPointer(rebasing: bytes[..<(head + length)])
        let payload = UnsafeRawBufferPointer(rebasing: bytes[head..<(head + length)])
        switch bytes[0] {
        case 0x81: takeMessage(index, frame, payload)
        case 0x89:
            // With a mask of zeros.
            if !write(index, [0x8a, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + Array(payload)) { fail(index, "no pong") }
        case 0x88: fail(index, "closed: \(String(decoding: payload.dropFirst(2), as: UTF8.self))")
        default: fail(index, "a frame of type \(bytes[0])")
        }
        return problem == nil ? head + length : nil
    }

    func takeMessage(_ index: Int, _ frame: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer) {
        let number = clients[index].next
        if payload.starts(with: EventTemplate.frameStart.utf8) {
            guard clients[index].state == .ready, frames.frame(number) == nil, frames.keep(frame, payload: payload, as: number)
            else {
                return fail(index, "another event was due: \(String(decoding: payload.prefix(300), as: UTF8.self))")
            }
            clients[index].next = number + 1
            return
        }
        let text = String(decoding: payload, as: UTF8.self)
        if clients[index].state == .greeting, text.hasPrefix("{\"type\":\"welcome\"") {
            if isResuming, number > 0, !text.contains("\"recovered\":true") { return fail(index, "not recovered: \(text)") }
            clients[index].state = .ready
            readyCount += 1
            underWay -= 1
        } else if text.hasPrefix("{\"type\":\"cursor\"") {
            otherMessages += 1
        } else {
            fail(index, "an unexpected message: \(text.prefix(300))")
        }
    }

    static func endOfHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }.map { $0 + 4 }
    }
}
