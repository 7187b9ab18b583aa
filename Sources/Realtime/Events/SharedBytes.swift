/// Bytes that many receivers are sent: immutable, at one place as long as the object lives.
final class SharedBytes: @unchecked Sendable {
    /// Valid as long as this object is.
    let buffer: UnsafeRawBufferPointer

    init(_ bytes: borrowing [UInt8]) {
        buffer = bytes.withUnsafeBytes { source in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 1)
            copy.copyMemory(from: source)
            return UnsafeRawBufferPointer(copy)
        }
    }

    deinit { buffer.deallocate() }
}
