/// Finds the setting that was probably meant.
enum NearestName {
    /// The candidate with the fewest insertions, deletions, replacements and swaps of neighbours, at most a quarter of the
    /// name's length (and two at least).
    static func of(_ name: String, among candidates: [String]) -> String? {
        let limit = max(2, name.utf8.count / 4)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = editDistance(Array(name.lowercased().utf8), Array(candidate.lowercased().utf8), limit: limit)
            if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// `; did you mean X?`, or nothing.
    static func clause(_ name: String, among candidates: [String]) -> String {
        of(name, among: candidates).map { "; did you mean \($0)?" } ?? ""
    }

    private static func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int {
        guard abs(left.count - right.count) <= limit, left.count <= 128 else { return Int.max }
        var rows = [Array(0...right.count)]
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replace = rows[row][column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(replace, rows[row][column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, rows[row - 1][column - 1] + 1)
                }
                current.append(cost)
            }
            rows.append(current)
        }
        return rows[left.count][right.count]
    }
}
