import CLinux
import Glibc

/// Takes a server's bytes apart into messages, whole ones only. Pure.
struct FanoutReader {
    private enum Phase {
        case head
        case body
    }

    private let isEventStream: Bool
    private var phase = Phase.head
    private var buffer: [UInt8] = []

    init(isEventStream: Bool) { self.isEventStream = isEventStream }

    /// Adds what came; returns what is whole with it.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> [FanoutMessage] {
        buffer.append(contentsOf: bytes)
        var messages: [FanoutMessage] = []
        var used = 0
        buffer.withUnsafeBytes { all in
            if phase == .head {
                guard let end = Self.endOfHead(all) else { return }
                let status = Self.status(all)
                guard status == (isEventStream ? 200 : 101) else { return messages.append(.refused(status: status)) }
                phase = .body
                used = end
            }
            while true {
                let rest = UnsafeRawBufferPointer(rebasing: all[used...])
                guard let size = isEventStream ? Self.streamMessage(rest, &messages) : Self.frame(rest, &messages) else { return }
                used += size
            }
        }
        if used > 0 { buffer.removeFirst(used) }
        return messages
    }

    // MARK: The answer's head

    private static func endOfHead(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let found = memmem(base, bytes.count, "\r\n\r\n", 4) else { return nil }
        return UnsafeRawPointer(found) - base + 4
    }

    private static func status(_ bytes: UnsafeRawBufferPointer) -> Int {
        Int(String(decoding: bytes.dropFirst(9).prefix(3), as: UTF8.self)) ?? 0
    }

    // MARK: WebSocket

    /// Reads one frame. Returns its size; nil when it is not whole yet.
    private static func frame(_ bytes: UnsafeRawBufferPointer, _ messages: inout [FanoutMessage]) -> Int? {
        guard bytes.count >= 2 else { return nil }
        var start = 2
        var count = Int(bytes[1])
        if count == 126 || count == 127 {
            let width = count == 126 ? 2 : 8
            guard bytes.count >= 2 + width else { return nil }
            start += width
            count = bytes[2..<start].reduce(0) { $0 << 8 | Int($1) }
        }
        guard count >= 0, count < 1 << 24 else {
            messages.append(.broken("a frame of \(count) bytes"))
            return nil
        }
        guard bytes.count >= start + count else { return nil }
        let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + count)])
        switch bytes[0] {
        case 0x81: messages.append(FanoutMessage(text: payload))
        case 0x88: messages.append(.close(code: payload.prefix(2).reduce(0) { $0 << 8 | Int($1) }))
        case 0x89: messages.append(.ping(Array(payload)))
        case 0x8A: break
        default: messages.append(.broken("a frame that begins with \(bytes[0])"))
        }
        return start + count
    }

    /// A control frame of a client; masked with zeros.
    static func clientFrame(_ opcode: UInt8, _ payload: some Collection<UInt8>) -> [UInt8] {
        let count = payload.count
        let size =
            count < 126 ? [UInt8(count) | 0x80] : [0xFE, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
        return [0x80 | opcode] + size + [0, 0, 0, 0] + payload
    }

    // MARK: Event stream

    /// Reads the lines up to a blank one. Returns their size; nil when there is none yet.
    private static func streamMessage(_ bytes: UnsafeRawBufferPointer, _ messages: inout [FanoutMessage]) -> Int? {
        var name: String?
        var id: String?
        var data = UnsafeRawBufferPointer(start: nil, count: 0)
        var start = 0
        while let base = bytes.baseAddress, start < bytes.count, let found = memchr(base + start, 0x0A, bytes.count - start) {
            let end = UnsafeRawPointer(found) - base
            if end == start {
                messages.append(FanoutMessage(name: name, id: id, data: data))
                return end + 1
            }
            // Envelopes are one line.
            if let value = value(of: "data: ", bytes, start..<end) {
                data = value
            } else if let value = value(of: "id: ", bytes, start..<end) {
                id = String(decoding: value, as: UTF8.self)
            } else if let value = value(of: "event: ", bytes, start..<end) {
                name = String(decoding: value, as: UTF8.self)
            }
            start = end + 1
        }
        return nil
    }

    private static func value(
        of field: StaticString, _ bytes: UnsafeRawBufferPointer, _ line: Range<Int>
    ) -> UnsafeRawBufferPointer? {
        let size = field.utf8CodeUnitCount
        guard line.count >= size, let base = bytes.baseAddress, memcmp(base + line.lowerBound, field.utf8Start, size) == 0 else {
            return nil
        }
        return UnsafeRawBufferPointer(rebasing: bytes[(line.lowerBound + size)..<line.upperBound])
    }
}
