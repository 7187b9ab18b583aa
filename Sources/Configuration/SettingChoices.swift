/// How events are read (`mode`).
public enum RelayMode: String, CaseIterable, Sendable {
    /// CDC whenever it is possible, polling when it is not.
    case auto
    /// From the write-ahead log.
    case cdc
    /// From the table, by claiming its rows.
    case polling
}

/// What happens when the slot no longer leads to every event (`slot.repair`).
public enum SlotRepairSetting: String, CaseIterable, Sendable {
    case auto
    case manual
}

/// What happens before the slot's WAL reaches its limit (`wal.budget.action`).
public enum WALBudgetAction: String, CaseIterable, Sendable {
    case alert
    /// The slot is dropped, and polling goes on.
    case release
}

/// What is promised about repetitions (`delivery`).
public enum DeliveryGuarantee: String, CaseIterable, Sendable {
    case atLeastOnce = "at-least-once"
}

/// What happens to a row once it is published (`after.publish`).
public enum AfterPublish: String, CaseIterable, Sendable {
    /// Its status becomes PUBLISHED.
    case mark
    /// It is deleted.
    case delete
    /// It stays as it is.
    case keep
}

/// What Kafka gets (`format`).
public enum MessageFormatSetting: String, CaseIterable, Sendable {
    /// The event's envelope around the payload.
    case envelope
    /// The payload alone.
    case payload
    /// As Debezium's Event Router writes it.
    case debezium
    /// CloudEvents 1.0, structured JSON.
    case cloudevents
}

/// What happens to an event that cannot be published (`dead.letter`).
public enum DeadLetterAction: String, CaseIterable, Sendable {
    /// It goes to the dead-letter topic and the stream goes on.
    case topic
    /// The relay stops before it.
    case halt
}

/// What log lines look like (`log.format`).
public enum LogFormatSetting: String, CaseIterable, Sendable {
    case text
    case json
}

/// The least important lines that are written (`log.level`).
public enum LogLevelSetting: String, CaseIterable, Sendable {
    case debug
    case info
    case warning
    case error
}
