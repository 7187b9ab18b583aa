/// Counts the inserts in the bytes of a replication stream, and looks at as little of them as that needs. Pure.
///
/// CopyData is `d`, a length of 4 bytes that counts itself, and the payload; of a data message `w` the pgoutput message begins at
/// offset 25 of the payload (protocol.md 1.3).
struct CopyFrameCounter {
    private static let headBytes = 31

    private(set) var inserts = 0
    /// Bytes of all Insert messages, without the headers around them.
    private(set) var insertBytes = 0
    /// Bytes of the current frame that are of no interest.
    private var skip = 0
    /// Beginning of a frame that lies across two reads.
    private var head: [UInt8] = []
    /// Why the stream ended: a message that is not CopyData.
    private(set) var foreignMessage: UInt8?

    /// Walks over what one read gave.
    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var position = 0
        while position < bytes.count, foreignMessage == nil {
            if skip > 0 {
                let step = min(skip, bytes.count - position)
                skip -= step
                position += step
            } else if head.isEmpty, bytes.count - position >= Self.headBytes {
                let begin = UnsafeRawBufferPointer(rebasing: bytes[position..<(position + Self.headBytes)])
                position += 5
                look(at: begin)
            } else {
                head.append(bytes[position])
                position += 1
                if head.count >= Self.headBytes || (head.count >= 5 && head.count == frameLength(head)) { lookAtHead() }
            }
        }
    }

    private mutating func lookAtHead() {
        let taken = head.count
        head.withUnsafeBytes { look(at: $0) }
        head.removeAll(keepingCapacity: true)
        skip -= taken - 5
    }

    /// Judges the frame that begins with `begin`, and leaves its payload to be skipped.
    private mutating func look(at begin: UnsafeRawBufferPointer) {
        guard begin[0] == UInt8(ascii: "d") else {
            foreignMessage = begin[0]
            return
        }
        let length = frameLength(begin)
        skip = length - 5
        guard length >= Self.headBytes, begin[5] == UInt8(ascii: "w"), begin[30] == UInt8(ascii: "I") else { return }
        inserts += 1
        insertBytes += length - 30
    }

    /// Of the whole frame, its type byte included; never less than the five bytes that say so.
    private func frameLength(_ begin: some Collection<UInt8>) -> Int {
        max(4, begin.dropFirst().prefix(4).reduce(0) { $0 << 8 | Int($1) }) + 1
    }
}
