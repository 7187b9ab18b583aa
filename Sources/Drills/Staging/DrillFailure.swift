/// Why a drill could not be played to its end.
public struct DrillFailure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
