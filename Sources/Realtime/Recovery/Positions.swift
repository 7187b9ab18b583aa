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
        var index = 0
        for wanted in other.entries {
            while index < entries.count, entries[index].partition < wanted.partition { index += 1 }
            guard index < entries.count, entries[index].partition == wanted.partition, entries[index].next >= wanted.next else {
                return false
            }
        }
        return true
    }

    /// Whatever one of the two has seen. Takes a time by the sum of their lengths: a client's cursor may name partitions by the thousand.
    public func union(_ other: Positions) -> Positions {
        var joined: [(partition: Int32, next: Int64)] = []
        joined.reserveCapacity(max(entries.count, other.entries.count))
        var (left, right) = (0, 0)
        while left < entries.count, right < other.entries.count {
            let (mine, theirs) = (entries[left], other.entries[right])
            if mine.partition == theirs.partition {
                joined.append((mine.partition, max(mine.next, theirs.next)))
            } else {
                joined.append(mine.partition < theirs.partition ? mine : theirs)
            }
            if mine.partition <= theirs.partition { left += 1 }
            if theirs.partition <= mine.partition { right += 1 }
        }
        joined += entries[left...]
        joined += other.entries[right...]
        return Positions(ascending: joined)
    }

    public static func == (left: Positions, right: Positions) -> Bool {
        left.entries.elementsEqual(right.entries) { $0 == $1 }
    }
}
