/// What keeps the slot, and the database behind it, in good health.
public struct SlotSettings: Sendable {
    /// What happens when it no longer leads to every event.
    public let repair: SlotRepairSetting
    /// Most WAL that the server may keep for it; 0 is no budget.
    public let walBudgetBytes: Int
    public let walBudgetAction: WALBudgetAction
    /// 0 is never.
    public let heartbeatIntervalMilliseconds: Int
}
