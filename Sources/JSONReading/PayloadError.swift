/// A text that is no JSON, or a field that its reader needs and that is missing or of another type. Names the field, never its value.
public struct PayloadError: Error, Sendable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
