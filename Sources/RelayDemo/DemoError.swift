/// The demo could not be brought to its verdict.
public struct DemoError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What went wrong and what to do about it; may have several lines.
    public let description: String

    public init(_ description: String) { self.description = description }

    /// Somebody asked for the end before the verdict.
    public static let interrupted = DemoError("stopped before the verdict; everything has been removed")
}
