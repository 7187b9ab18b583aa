/// A command could not do its work; the text says what was wrong and what to do.
public struct OperationError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
