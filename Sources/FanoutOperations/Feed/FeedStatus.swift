package import Realtime

/// How the reading of the topic stands, for other threads.
package struct FeedStatus: Sendable {
    /// What was there at the beginning has been read: cursors can be served.
    package var isLoaded = false
    /// Why the topic cannot be read at present, in a sentence; nil when it can.
    package var problem: String? = "the topic has not been read yet"
    /// How far it has been read.
    package var positions = Positions()
    /// Where the partitions ended when the cluster was asked last.
    package var ends: [Int32: Int64] = [:]
    package var partitions: Set<Int32> = []
    package var records = 0
    package var skipped: [RecordFault: Int] = [:]
    /// Times that it was begun again, and every client told so.
    package var restarts = 0

    package init() {}

    package var isReady: Bool { isLoaded && problem == nil }

    /// Records that were not read yet when the cluster was asked last.
    package var lag: Int64 { ends.reduce(0) { $0 + max(0, $1.value - positions[$1.key]) } }
}
