/// Why keys could not be used, as a sentence without any key material.
public struct KeyProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
