/// The bounds of a partition as pg_get_expr prints them. Pure.
package enum PartitionBound {
    /// The upper end of a range over one column, as text: `2026-02-01 00:00:00+00`. nil for everything else: an open end, a list, a
    /// hash, the default partition.
    package static func upperEnd(_ text: String) -> String? {
        let head = "FOR VALUES FROM ("
        let middle = ") TO ("
        guard text.hasPrefix(head), text.hasSuffix(")"), let place = end(of: middle, in: text) else { return nil }
        let value = text[place...].dropLast()
        // One literal: no comma, no MAXVALUE, no expression.
        guard value.count >= 2, value.first == "'", value.last == "'" else { return nil }
        let inner = value.dropFirst().dropLast()
        return inner.isEmpty || inner.contains("'") ? nil : String(inner)
    }

    private static func end(of part: String, in text: String) -> String.Index? {
        var rest = text[...]
        while !rest.isEmpty {
            if rest.hasPrefix(part) { return rest.index(rest.startIndex, offsetBy: part.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
