/// A URL of a system outside the database cannot be used. Says why without quoting it: it may hold a secret.
public struct EndpointError: Error, Sendable, CustomStringConvertible {
    public let message: String

    init(_ message: String) { self.message = message }

    public var description: String { message }
}
