/// One setting of a topic that is not as wanted.
package struct TopicDifference: Equatable, Sendable {
    /// What would put it right.
    package enum Remedy: Equatable, Sendable {
        /// `topics create --alter`.
        case alter
        /// Words for the operator: this program does not change it.
        case advice(String)
    }

    /// As Kafka names it: `partitions`, `replication.factor`, `retention.ms`, `cleanup.policy`.
    package var setting: String
    package var wanted: String
    package var found: String
    package var remedy: Remedy

    package init(_ setting: String, wanted: String, found: String, remedy: Remedy) {
        self.setting = setting
        self.wanted = wanted
        self.found = found
        self.remedy = remedy
    }

    package var isAlterable: Bool { remedy == .alter }
}
