/// A queue over one array that is used in a circle: appending and taking from the front cost no moves, and memory grows to
/// the largest number of elements only.
struct Ring<Element> {
    private var storage: [Element?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }
    var first: Element? { count == 0 ? nil : storage[head] }
    var last: Element? { count == 0 ? nil : storage[position(count - 1)] }

    /// The element at `index` from the front, which must exist.
    subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count, "index outside of the ring")
            return storage[position(index)]!
        }
        _modify {
            precondition(index >= 0 && index < count, "index outside of the ring")
            yield &storage[position(index)]!
        }
    }

    mutating func append(_ element: Element) {
        if count == storage.count { grow() }
        storage[position(count)] = element
        count += 1
    }

    mutating func removeFirst() {
        guard count > 0 else { return }
        storage[head] = nil
        head = (head + 1) & (storage.count - 1)
        count -= 1
    }

    mutating func removeLast() {
        guard count > 0 else { return }
        storage[position(count - 1)] = nil
        count -= 1
    }

    mutating func removeAll() { self = Ring() }

    /// The storage's size is a power of two.
    private func position(_ index: Int) -> Int { (head + index) & (storage.count - 1) }

    private mutating func grow() {
        var larger: [Element?] = []
        larger.reserveCapacity(max(64, storage.count * 2))
        for index in 0..<count { larger.append(storage[position(index)]) }
        for _ in count..<max(64, storage.count * 2) { larger.append(nil) }
        storage = larger
        head = 0
    }
}
