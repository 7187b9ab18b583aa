import Synchronization

/// How many connections each user has, over all loops.
package final class UserTable: Sendable {
    /// One connection's place. It is given back when nobody holds this object any more.
    package final class Lease: Sendable {
        private let table: UserTable
        private let user: String

        fileprivate init(_ table: UserTable, _ user: String) {
            self.table = table
            self.user = user
        }

        deinit { table.release(user) }
    }

    private let limit: Int
    private let counts = Mutex<[String: Int]>([:])

    /// - Parameter limit: of one user; 0: none.
    package init(limit: Int) { self.limit = limit }

    /// Users that are connected.
    package var count: Int { counts.withLock { $0.count } }

    /// nil when the user has as many as allowed.
    package func lease(_ user: String) -> Lease? {
        let isAllowed = counts.withLock { counts in
            guard limit == 0 || counts[user, default: 0] < limit else { return false }
            counts[user, default: 0] += 1
            return true
        }
        return isAllowed ? Lease(self, user) : nil
    }

    private func release(_ user: String) {
        counts.withLock { counts in
            let left = counts[user, default: 1] - 1
            counts[user] = left > 0 ? left : nil
        }
    }
}
