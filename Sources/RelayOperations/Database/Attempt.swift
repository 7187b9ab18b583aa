package import PostgresClient

extension OperationError {
    /// A sentence that begins with what was attempted.
    package init(_ doing: String, _ error: PostgresError) { self.init("\(doing): \(error)") }
}

/// Runs `body` and turns its error into a sentence that begins with what was attempted.
@discardableResult
package func attempt<Value>(_ doing: String, _ body: () throws(PostgresError) -> Value) throws(OperationError) -> Value {
    do throws(PostgresError) { return try body() } catch { throw OperationError(doing, error) }
}
