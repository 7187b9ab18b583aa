/// Why a consumer could not be started, for people.
public struct ConsumerStartError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
