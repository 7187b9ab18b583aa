/// Where a dead letter lies in its topic: `partition@offset`.
package struct DeadLetterPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let partition: Int32
    package let offset: Int64

    package init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }

    /// Reads `0@12`; nil for anything else.
    package init?(_ text: String) {
        guard let at = text.firstIndex(of: "@"), let partition = Int32(text[..<at]),
            let offset = Int64(text[text.index(after: at)...]),
            partition >= 0, offset >= 0, text.first != "+", text[text.index(after: at)...].first != "+"
        else { return nil }
        self.init(partition: partition, offset: offset)
    }

    package static func < (left: Self, right: Self) -> Bool { (left.partition, left.offset) < (right.partition, right.offset) }

    package var description: String { "\(partition)@\(offset)" }
}
