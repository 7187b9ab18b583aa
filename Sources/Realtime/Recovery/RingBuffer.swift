/// A queue in a circle of memory that grows as needed: both ends in constant time, any element by its place.
struct RingBuffer<Element> {
    private var storage: ContiguousArray<Element?>
    private var start = 0
    private(set) var count = 0

    init() { storage = ContiguousArray(repeating: nil, count: 16) }

    var isEmpty: Bool { count == 0 }
    var first: Element? { count == 0 ? nil : storage[start] }
    var last: Element? { count == 0 ? nil : self[count - 1] }

    subscript(index: Int) -> Element {
        precondition(index >= 0 && index < count)
        guard let element = storage[(start + index) & (storage.count - 1)] else { preconditionFailure("an empty place") }
        return element
    }

    mutating func append(_ element: Element) {
        if count == storage.count { grow() }
        storage[(start + count) & (storage.count - 1)] = element
        count += 1
    }

    @discardableResult
    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        let element = storage[start]
        storage[start] = nil
        start = (start + 1) & (storage.count - 1)
        count -= 1
        return element
    }

    mutating func removeAll() { self = RingBuffer() }

    /// The first place whose element is not before what is looked for; `isBefore` is true for a beginning of the queue.
    func partitioningIndex(_ isBefore: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func grow() {
        var larger = ContiguousArray<Element?>()
        larger.reserveCapacity(storage.count * 2)
        larger.append(contentsOf: storage[start...])
        larger.append(contentsOf: storage[..<start])
        larger.append(contentsOf: repeatElement(nil, count: storage.count))
        storage = larger
        start = 0
    }
}
