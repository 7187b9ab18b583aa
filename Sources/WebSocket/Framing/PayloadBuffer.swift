/// A payload that came in several pieces. It grows with what arrived, not with what was announced, and counts what it
/// allocates against the allowance.
@safe
struct PayloadBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private(set) var count = 0
    private var capacity = 0
    private let allowance: WebSocketAllowance?

    /// Without an allowance it is not counted.
    init(allowance: WebSocketAllowance?) { self.allowance = allowance }

    deinit {
        unsafe base?.deallocate()
        allowance?.giveBack(capacity)
    }

    /// What it holds, until it is changed.
    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: count) }

    /// `most`: bytes that it may ever hold with this payload. False when the allowance is used up.
    mutating func append(_ bytes: UnsafeRawBufferPointer, most: Int) -> Bool {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return true }
        let needed = count + bytes.count
        if needed > capacity {
            guard grow(to: max(needed, min(most, max(256, capacity * 2)))) else { return false }
        }
        guard let base = unsafe base else { return false }
        unsafe (base + count).copyMemory(from: source, byteCount: bytes.count)
        count = needed
        return true
    }

    private mutating func grow(to newCapacity: Int) -> Bool {
        guard allowance?.take(newCapacity - capacity) ?? true else { return false }
        let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
        if let base = unsafe base {
            unsafe larger.copyMemory(from: base, byteCount: count)
            unsafe base.deallocate()
        }
        unsafe base = larger
        capacity = newCapacity
        return true
    }

    /// Forgets everything and gives the memory back.
    mutating func removeAll() {
        guard capacity > 0 else { return }
        unsafe base?.deallocate()
        unsafe base = nil
        allowance?.giveBack(capacity)
        count = 0
        capacity = 0
    }
}
