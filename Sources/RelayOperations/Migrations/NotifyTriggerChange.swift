import CommandLineKit
import PostgresClient
import RelayCore
import RelayPolling

/// `migrate notify`: the optional trigger on the outbox table that wakes polling publishers.
public enum NotifyTriggerChange {
    /// - Parameter drops: removes it instead of making it.
    public static func plan(_ session: OperatorSession, drops: Bool) throws(OperationError) -> PlannedChange {
        let table = session.options.table
        guard try session.table() != nil else {
            throw OperationError("the table \(table.shown) does not exist: outbox-relay migrate up, or set `table`")
        }
        let trigger = NotifyTrigger(table)
        let statements = drops ? trigger.drop : trigger.create
        return PlannedChange(
            action: drops ? "migrate.notify.drop" : "migrate.notify", object: "table \(table.shown)",
            sentence: "\(drops ? "Remove" : "Make") the trigger \(NotifyTrigger.name) \(drops ? "from" : "on") \(table.shown)",
            notes: drops
                ? ["polling publishers wait for polling.interval.ms from then on"]
                : ["transactions that write events commit one after the other from then on: see the README on NOTIFY"],
            statements: statements,
            perform: { () throws(OperationError) in
                try attempt("changing the trigger") { () throws(PostgresError) in
                    try session.connection.transaction { () throws(PostgresError) in
                        for statement in statements { try session.connection.execute(statement) }
                    }
                }
                return PlannedChange.Result(
                    drops ? "the trigger is gone" : "polling publishers are woken at each commit",
                    [.init("trigger", JSONValue(NotifyTrigger.name)), .init("table", JSONValue(table.shown))])
            })
    }
}
