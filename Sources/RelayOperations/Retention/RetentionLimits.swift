import PostgresClient

/// The limits of one run, fixed at its beginning, as SQL literals. Pure.
package struct RetentionLimits: Equatable, Sendable {
    /// Published rows have to be older; a time as the server prints it.
    package var published: String?
    package var dead: String?
    /// Rows of earlier transactions are proven to be published; needed with after.publish=keep.
    package var transaction: UInt32?

    package init(published: String?, dead: String?, transaction: UInt32? = nil) {
        self.published = published
        self.dead = dead
        self.transaction = transaction
    }

    /// The later of the two, in SQL: what was made since cannot be old enough.
    package var latest: String {
        let times = [published, dead].compactMap { $0 }.map(Self.time)
        return times.count > 1 ? "greatest(\(times.joined(separator: ", ")))" : times.first ?? "'-infinity'::timestamptz"
    }

    /// Puts the limits into a condition. A limit that is not known leaves a condition that no row satisfies.
    func fill(_ condition: String) -> String {
        condition.replacing("$published", with: published.map(Self.time) ?? "'-infinity'::timestamptz")
            .replacing("$dead", with: dead.map(Self.time) ?? "'-infinity'::timestamptz")
            .replacing("age($xid)", with: transaction.map { "age('\($0)'::xid)" } ?? "2147483647")
    }

    private static func time(_ text: String) -> String { quotedLiteral(text) + "::timestamptz" }
}
