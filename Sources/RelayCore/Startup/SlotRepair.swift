/// What to do about a slot that no longer leads to every event (`slot.repair`).
public enum SlotRepair: String, Sendable {
    /// The gap is published from the table, by the same handover as a first start, and the stream goes on from a new slot.
    case auto
    /// The relay stops and names the command.
    case manual

    /// Whether the gap may be closed from the table; otherwise the finding to stop with. Pure.
    ///
    /// - Parameter tellsUnpublished: the table shows which rows are unpublished: it has a status column that is marked, or
    ///   published rows are deleted.
    package func decide(_ finding: Finding, tellsUnpublished: Bool) -> Finding? {
        guard self == .auto else { return finding }
        guard !tellsUnpublished else { return nil }
        return Finding(
            finding.check, .fail, object: finding.object,
            fact: finding.fact
                + "; it cannot be repaired from the table, which does not show what is unpublished (after.publish)",
            remedy: "publish what is missing by outbox-relay replay --since, then outbox-relay checkpoint reset --yes, and "
                + "run with what is there already published or removed")
    }
}
