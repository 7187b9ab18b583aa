/// The open containers of a JSON text, one bit each.
struct JSONNesting {
    private(set) var depth = 0
    private var objects = [8 of UInt64](repeating: 0)

    /// Whether the innermost container is an object.
    var isInObject: Bool {
        depth > 0 && objects[(depth &- 1) >> 6] & bit(depth &- 1) != 0
    }

    /// Opens a container; false when that would be too deep.
    mutating func push(isObject: Bool) -> Bool {
        guard depth < JSONScanner.maximumDepth else { return false }
        let word = depth >> 6
        objects[word] = isObject ? objects[word] | bit(depth) : objects[word] & ~bit(depth)
        depth += 1
        return true
    }

    mutating func pop() {
        if depth > 0 { depth -= 1 }
    }

    private func bit(_ index: Int) -> UInt64 {
        1 << UInt64(index & 63)
    }
}
