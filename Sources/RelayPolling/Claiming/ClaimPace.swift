/// How many rows the next claim asks for, so that what it returns fits into memory and the server does not measure rows that are not
/// taken. Pure.
package struct ClaimPace: Sendable, Equatable {
    private let mostRows: Int
    private let bytes: Int
    /// Of the last claim with rows; 0 before it.
    private var meanBytes = 0

    package init(limit: Int, bytes: Int) {
        mostRows = limit
        self.bytes = bytes
    }

    /// Twice of what would fit if the next rows were like the last ones.
    package var limit: Int {
        guard meanBytes > 0 else { return mostRows }
        return max(1, min(mostRows, 2 * bytes / meanBytes))
    }

    package mutating func note(rows: Int, bytes: Int) {
        guard rows > 0 else { return }
        meanBytes = bytes / rows
    }
}
