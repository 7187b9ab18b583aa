import Realtime

/// A connection that takes as many bytes as it has room for, and keeps them.
final class FakeSocket: ClientSocket {
    var room = Int.max
    private(set) var bytes: [UInt8] = []
    private(set) var isBlocked = false
    private(set) var isFinished = false
    private(set) var isAborted = false
    private(set) var writes = 0

    func write(_ buffer: UnsafeRawBufferPointer) -> Int {
        writes += 1
        return take(buffer)
    }

    func write(_ buffers: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Int {
        precondition(buffers.count <= 64)
        writes += 1
        var taken = 0
        for buffer in buffers {
            let part = take(buffer)
            taken += part
            if part < buffer.count { break }
        }
        return taken
    }

    private func take(_ buffer: UnsafeRawBufferPointer) -> Int {
        precondition(!isFinished && !isAborted, "written to after its end")
        let count = min(room, buffer.count)
        bytes.append(contentsOf: buffer[..<count])
        if room != .max { room -= count }
        if count < buffer.count { isBlocked = true }
        return count
    }

    func finish() { isFinished = true }

    func abort() { isAborted = true }

    var isOpen: Bool { !isFinished && !isAborted }

    /// What was written since the last time.
    func drain() -> [UInt8] {
        defer { bytes.removeAll(keepingCapacity: true) }
        return bytes
    }

    /// The next `count` bytes, as a peer that reads slowly gets them.
    func drain(_ count: Int) -> [UInt8] {
        let part = Array(bytes.prefix(count))
        bytes.removeFirst(part.count)
        return part
    }

    /// There is room again.
    func unblock(room: Int) {
        self.room = room
        isBlocked = false
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
}
