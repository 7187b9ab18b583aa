/// A text that names no address to listen on.
public struct ListenAddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text as it was given.
    public let text: String

    public var description: String {
        "\"\(text)\" is no listen address: allowed are IP:PORT such as 127.0.0.1:9464, [IPv6]:PORT, localhost:PORT, "
            + ":PORT for every address, and off"
    }
}
