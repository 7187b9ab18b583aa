import HTTPServer
import Synchronization

/// Writes a long, known text into a stream, as far as it goes each time.
final class Pump: Sendable {
    static let size = 8_000_000
    /// A pattern that repeats after a prime number of bytes, so that a piece in the wrong place shows.
    static let bytes: [UInt8] = {
        var state: UInt32 = 1
        let pattern = (0..<65_521).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        var bytes: [UInt8] = []
        while bytes.count < size { bytes += pattern }
        return Array(bytes[..<size])
    }()

    private let vectors: Int
    private let written = Mutex(0)

    /// - Parameter vectors: how many pieces one call of `write` gets; 1 for the call with one buffer.
    init(vectors: Int) {
        self.vectors = vectors
    }

    var isDone: Bool {
        written.withLock { $0 } == Self.size
    }

    /// Logs "blocked" when the stream did not take everything.
    func run(_ stream: ClientStream, _ log: StreamLog) {
        let start = written.withLock { $0 }
        let taken = Self.bytes.withUnsafeBytes { all in
            let rest = UnsafeRawBufferPointer(rebasing: all[start...])
            return vectors == 1 ? stream.write(rest) : Self.write(rest, in: vectors, to: stream)
        }
        written.withLock { $0 += taken }
        if !isDone {
            log.add(.note("blocked"))
        }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, in pieces: Int, to stream: ClientStream) -> Int {
        let size = max(1, bytes.count / pieces)
        var parts: [UnsafeRawBufferPointer] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + size)
            parts.append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            start = end
        }
        return parts.withUnsafeBufferPointer { stream.write($0) }
    }
}
