import PostgresClient
import PostgresReplication
package import RelayCore
package import ServiceRuntime
package import Telemetry

/// Drops the slot so that the server may remove its WAL. What it held is published by polling, and a later stream begins with a
/// handover: the checkpoint says so before the slot goes.
package struct SlotRelease {
    private static let attempts = 25

    private let options: RelayOptions
    private let logger: Logger
    private let stop: StopSignal

    package init(options: RelayOptions, logger: Logger, stop: StopSignal) {
        self.options = options
        self.logger = logger
        self.stop = stop
    }

    /// Returns whether there is no slot any more. The end of our walsender is waited for, up to 5 s.
    @discardableResult
    package func perform() -> Bool {
        do throws(PostgresError) {
            let connection = try Connection.open(options.postgres, stop: stop)
            try connection.execute(
                """
                UPDATE \(options.checkpointTable.quoted) SET phase = 'snapshot', updated_at = now() \
                WHERE slot_name = \(quotedLiteral(options.slotName))
                """)
            for _ in 0..<Self.attempts {
                guard let slot = try SlotCatalog(connection).find(options.slotName) else { return true }
                do throws(PostgresError) {
                    try SlotCatalog(connection).drop(options.slotName)
                    logger.warning(
                        "the slot was dropped to keep the server's disk free",
                        [.slot: .string(slot.name), .bytes: .int(Int(slot.retainedWALBytes ?? 0))])
                    return true
                } catch {
                    guard error.sqlState == .objectInUse else { throw error }
                }
                _ = try? waitReadable([PollTarget(stop.fileDescriptor)], timeoutMilliseconds: 200)
                if stop.isSet { return false }
            }
            logger.error("the slot could not be dropped: somebody streams from it", [.slot: .string(options.slotName)])
        } catch {
            logger.error("the slot could not be dropped", [.slot: .string(options.slotName), .error: .string("\(error)")])
        }
        return false
    }
}
