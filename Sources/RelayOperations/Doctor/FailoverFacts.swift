package import PostgresReplication

/// What `doctor` wants to know about standbys that are to keep a copy of the slot.
package struct FailoverFacts: Equatable, Sendable {
    /// A physical slot of the primary: what a standby receives WAL through.
    package struct StandbySlot: Equatable, Sendable {
        package var name: String
        package var isActive: Bool
        /// The standby tells which rows it still needs: hot_standby_feedback.
        package var hasFeedback: Bool

        package init(name: String, isActive: Bool, hasFeedback: Bool) {
            self.name = name
            self.isActive = isActive
            self.hasFeedback = hasFeedback
        }
    }

    /// A standby as it describes itself.
    package struct Standby: Equatable, Sendable {
        /// host:port.
        package var address: String
        /// GUCs by name; primary_conninfo is told to few roles and may be absent.
        package var settings: [String: String]
        /// Its copy of our slot; nil when it has none.
        package var slot: ReplicationSlot?

        package init(address: String, settings: [String: String], slot: ReplicationSlot?) {
            self.address = address
            self.settings = settings
            self.slot = slot
        }
    }

    package var slotName: String
    /// nil on a standby, where it means nothing.
    package var synchronizedSlots: [String]?
    package var standbySlots: [StandbySlot] = []
    package var logicalSlots: [String] = []
    package var standby: Standby?

    package init(slotName: String) { self.slotName = slotName }

    /// The names of a GUC that is a list: quoted ones lose their quotes.
    package static func names(_ list: String) -> [String] {
        list.split(separator: ",").map { part in
            var name = part.drop { $0 == " " }
            while name.last == " " { name.removeLast() }
            if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
            return String(name)
        }.filter { !$0.isEmpty }
    }
}
