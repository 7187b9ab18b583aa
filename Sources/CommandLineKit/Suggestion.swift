/// Finds the name that was probably meant.
enum Suggestion {
    /// `"; did you mean X?"`, or nothing when no candidate is close.
    static func clause(for word: String, among candidates: [String], prefix: String = "") -> String {
        guard let best = nearest(to: word, among: candidates) else { return "" }
        return "; did you mean \(prefix)\(best)?"
    }

    /// The candidate with the fewest edits, at most a third of the word's length; a candidate that begins with the word counts
    /// as close.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let limit = max(1, word.utf8.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            var distance = editDistance(Array(word.lowercased().utf8), Array(candidate.lowercased().utf8))
            if word.utf8.count >= 3, candidate.hasPrefix(word) { distance = min(distance, 1) }
            if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
    private static func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        // Long words come from mistakes of another kind (a pasted value); the table would only cost time.
        guard left.count <= 64, right.count <= 64 else { return Int.max }
        var beforePrevious: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replace = previous[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(replace, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    cost = min(cost, beforePrevious[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforePrevious, previous) = (previous, current)
        }
        return previous[right.count]
    }
}
