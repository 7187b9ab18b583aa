package import Kafka
package import Realtime

/// Judges what the cluster says about the topic while it is being read. Pure.
package struct TopicWatch {
    /// One answer.
    package enum Look: Sendable {
        case holds([PartitionBounds])
        case missing
        /// Nobody answers, or refuses to.
        case unreachable(String)
    }

    package enum Verdict: Equatable, Sendable {
        case fine
        /// Partitions that nobody reads yet.
        case partitionsAdded([Int32])
        /// Not ready until it is known what the topic holds.
        case unreachable(String)
        /// What was read is not what the topic holds: begin again.
        case madeAnew(String)
    }

    /// Looks in a row that have to agree: while leaders change a single one may be wrong.
    package static let agreement = 2

    private var strange = 0

    package init() {}

    /// - Parameters:
    ///   - known: the partitions that are read.
    ///   - positions: how far they had been read before the look was taken.
    package mutating func judge(_ look: Look, known: Set<Int32>, positions: Positions) -> Verdict {
        var fault: String?
        switch look {
        case .unreachable(let text): return .unreachable(text)
        case .missing: fault = "the topic is gone"
        case .holds(let bounds):
            let there = Set(bounds.map(\.partition))
            if !known.isSubset(of: there) {
                fault = "the topic has fewer partitions than before"
            } else if bounds.contains(where: { known.contains($0.partition) && $0.end < positions[$0.partition] }) {
                fault = "the topic ends before what was read"
            } else if there.count > known.count {
                strange = 0
                return .partitionsAdded(there.subtracting(known).sorted())
            }
        }
        guard let fault else {
            strange = 0
            return .fine
        }
        strange += 1
        guard strange >= Self.agreement else { return .fine }
        strange = 0
        return .madeAnew(fault)
    }
}
