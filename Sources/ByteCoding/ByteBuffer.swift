/// A growable run of bytes to write into, kept and reused from message to message.
///
/// It owns its memory and cannot be copied: whoever holds it is its only writer. It may move to another thread as a
/// whole. `removeAll(keepingCapacity: true)` makes the next message cost no allocation.
@safe
public struct ByteBuffer: ~Copyable, @unchecked Sendable {
    @usableFromInline
    var base: UnsafeMutableRawPointer
    /// Bytes allocated.
    @usableFromInline
    var allocated: Int
    @usableFromInline
    var used: Int

    /// An empty buffer with room for `minimumCapacity` bytes.
    public init(minimumCapacity: Int = 256) {
        allocated = max(16, minimumCapacity)
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: allocated, alignment: 16)
        used = 0
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Bytes written.
    public var count: Int {
        @inlinable get { used }
    }

    public var isEmpty: Bool {
        @inlinable get { used == 0 }
    }

    /// Bytes that fit before the next allocation.
    public var capacity: Int {
        @inlinable get { allocated }
    }

    /// Forgets what was written, and gives the memory back unless it is to be kept for the next message.
    public mutating func removeAll(keepingCapacity: Bool) {
        used = 0
        guard !keepingCapacity, allocated > 256 else { return }
        unsafe base.deallocate()
        allocated = 256
        unsafe base = UnsafeMutableRawPointer.allocate(byteCount: allocated, alignment: 16)
    }

    /// Forgets what was written after the first `count` bytes; no effect when there are no more than that.
    @inlinable
    public mutating func truncate(to count: Int) {
        if count >= 0, count < used { used = count }
    }

    /// Makes room for `additional` more bytes.
    @inlinable
    public mutating func reserve(_ additional: Int) {
        if additional > allocated &- used { grow(by: additional) }
    }

    @usableFromInline
    @inline(never)
    mutating func grow(by additional: Int) {
        let needed = used + max(0, additional)
        let newSize = max(needed, allocated > Int.max / 2 ? needed : allocated * 2)
        let newBase = UnsafeMutableRawPointer.allocate(byteCount: newSize, alignment: 16)
        unsafe newBase.copyMemory(from: base, byteCount: used)
        unsafe base.deallocate()
        unsafe base = newBase
        allocated = newSize
    }

    @inlinable
    @inline(__always)
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base.storeBytes(of: byte, toByteOffset: used, as: UInt8.self)
        used &+= 1
    }

    /// Appends a literal's UTF-8 bytes.
    @inlinable
    @inline(__always)
    public mutating func append(_ text: StaticString) {
        precondition(text.hasPointerRepresentation)
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    @inlinable
    public mutating func append(contentsOf bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    /// Appends the bytes of `bytes` that lie in `range`; the range must be inside.
    @inlinable
    public mutating func append(contentsOf bytes: RawSpan, in range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
        unsafe bytes.withUnsafeBytes { whole in
            guard let start = whole.baseAddress else { return }
            unsafe append(UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
        }
    }

    /// Appends the UTF-8 bytes of `text`.
    public mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
    }

    @inlinable
    public mutating func append(contentsOf bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    /// Appends what another buffer holds.
    @inlinable
    public mutating func append(contentsOf other: borrowing ByteBuffer) {
        unsafe append(UnsafeRawBufferPointer(start: other.base, count: other.used))
    }

    /// Appends what `bytes` points to, which must not be this buffer's own memory.
    @unsafe
    @inlinable
    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        reserve(bytes.count)
        unsafe (base + used).copyMemory(from: source, byteCount: bytes.count)
        used &+= bytes.count
    }

    /// Appends an integer's bytes, most significant first.
    @inlinable
    public mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(bigEndian value: Integer) {
        reserve(MemoryLayout<Integer>.size)
        unsafe base.storeBytes(of: value.bigEndian, toByteOffset: used, as: Integer.self)
        used &+= MemoryLayout<Integer>.size
    }

    /// Appends a number in decimal digits.
    public mutating func append(decimal value: some FixedWidthInteger) {
        append(String(value))
    }

    /// Lets `body` write up to `capacity` bytes at the end; it returns how many it wrote.
    ///
    /// The memory given is at least `capacity` bytes, uninitialised. A result outside of 0...capacity is a programming
    /// error and stops the process.
    @unsafe
    @inlinable
    public mutating func appendUninitialized(
        capacity: Int, _ body: (UnsafeMutableRawPointer) -> Int
    ) {
        reserve(capacity)
        let written = unsafe body(base + used)
        precondition(written >= 0 && written <= capacity)
        used &+= written
    }

    /// What has been written, valid until the next change.
    @unsafe
    @inlinable
    public borrowing func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: used))
    }

    /// What has been written, valid inside `body`.
    @inlinable
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(unsafe RawSpan(_unsafeStart: base, byteCount: used))
    }

    /// A copy of what has been written.
    public borrowing func copyBytes() -> [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}
