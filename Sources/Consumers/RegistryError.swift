/// A consumer cannot be made from the settings: a sentence that names the setting, without its value.
public struct RegistryError: Error, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
