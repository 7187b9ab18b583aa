/// What is in flight of one partition, and up to where everything is done.
///
/// Records are admitted in the order of the log and finished in any order (lanes). The watermark is the offset behind the longest
/// finished prefix: what lies below it never has to be read again. Offsets may have gaps (compaction, transaction markers). Pure.
public struct PartitionProgress: Sendable {
    private var offsets: [Int64] = []
    private var isFinished: [Bool] = []
    /// Index of the oldest record that is not finished, in the arrays.
    private var head = 0
    /// Sequence number of the arrays' first element.
    private var base = 0
    private var behindLast: Int64

    /// - Parameter start: the offset that reading begins with.
    public init(start: Int64) { behindLast = start }

    /// Takes up the next record; returns its sequence number.
    public mutating func admit(offset: Int64) -> Int {
        offsets.append(offset)
        isFinished.append(false)
        behindLast = max(behindLast, offset + 1)
        return base + offsets.count - 1
    }

    /// Marks a record as done. Of a number that is not in flight nothing happens.
    public mutating func finish(_ sequence: Int) {
        let index = sequence - base
        guard index >= head, index < isFinished.count else { return }
        isFinished[index] = true
        while head < isFinished.count, isFinished[head] { head += 1 }
        if head == offsets.count || head > 4_096, head * 2 >= offsets.count { compact() }
    }

    private mutating func compact() {
        base += head
        offsets.removeFirst(head)
        isFinished.removeFirst(head)
        head = 0
    }

    /// Everything below this offset is done.
    public var watermark: Int64 { head < offsets.count ? offsets[head] : behindLast }

    /// What the watermark will be once these are done as well: what the transaction that does them may write down.
    ///
    /// - Parameter sequences: ascending.
    public func watermark(with sequences: some Sequence<Int>) -> Int64 {
        var wanted = sequences.makeIterator()
        var next = wanted.next()
        var index = head
        while index < offsets.count {
            while let candidate = next, candidate - base < index { next = wanted.next() }
            guard isFinished[index] || next.map({ $0 - base == index }) == true else { return offsets[index] }
            index += 1
        }
        return behindLast
    }

    /// How far reading is ahead of the watermark, in offsets.
    public var gap: Int64 { behindLast - watermark }
}
