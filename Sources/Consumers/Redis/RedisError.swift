/// Redis did not do what it was asked to. Carries neither keys nor values nor the password.
struct RedisError: Error, CustomStringConvertible {
    /// Whether the connection is at fault: a new one may do better.
    let isConnectionLoss: Bool
    let description: String
}
