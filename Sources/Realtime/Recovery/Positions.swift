/// The next offset of each partition: everything below has been seen. A partition without an entry stands at 0.
public struct Positions: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// Ascending partitions, none at 0.
    public private(set) var entries: [(partition: Int32, next: Int64)] = []

    public init() {}

    public init(_ entries: some Sequence<(partition: Int32, next: Int64)>) {
        for entry in entries { self[entry.partition] = entry.next }
    }

    public init(dictionaryLiteral entries: (Int32, Int64)...) {
        for entry in entries { self[entry.0] = entry.1 }
    }

    /// Entries in ascending order of their partitions, none at 0, as a cursor's text has them.
    init(ascending entries: [(partition: Int32, next: Int64)]) { self.entries = entries }

    public subscript(partition: Int32) -> Int64 {
        get {
            // A handful of entries: faster than to search.
            for entry in entries where entry.partition == partition { return entry.next }
            return 0
        }
        set {
            let index = entries.firstIndex { $0.partition >= partition } ?? entries.count
            let isThere = index < entries.count && entries[index].partition == partition
            if newValue == 0 {
                if isThere { entries.remove(at: index) }
            } else if isThere {
                entries[index].next = newValue
            } else {
                entries.insert((partition, newValue), at: index)
            }
        }
    }

    /// Whether nothing that `other` has seen is missing here.
    public func covers(_ other: Positions) -> Bool {
        other.entries.allSatisfy { self[$0.partition] >= $0.next }
    }

    /// Whatever one of the two has seen.
    public func union(_ other: Positions) -> Positions {
        var result = self
        for entry in other.entries where result[entry.partition] < entry.next { result[entry.partition] = entry.next }
        return result
    }

    public static func == (left: Positions, right: Positions) -> Bool {
        left.entries.elementsEqual(right.entries) { $0 == $1 }
    }
}
