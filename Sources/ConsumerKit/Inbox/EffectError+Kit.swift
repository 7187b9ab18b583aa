internal import PostgresClient

extension EffectError {
    /// Why a statement of the kit itself failed. It is never an event's fault: tables that are missing, a role without privileges and
    /// the like are a database that does not do its part, and everything waits for it.
    init(kit error: PostgresError) {
        let byState = EffectError(error)
        switch byState.errorClass {
        case .transient, .dependency: self = byState
        case .badData, .unknown: self.init(.dependency("postgres"), byState.message)
        }
    }

    /// Runs statements of the kit itself.
    static func kit<Value>(_ body: () throws(PostgresError) -> Value) throws(EffectError) -> Value {
        do throws(PostgresError) { return try body() } catch { throw EffectError(kit: error) }
    }
}
