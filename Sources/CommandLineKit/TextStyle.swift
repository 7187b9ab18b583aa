/// A few terminal colours with one meaning each (ECMA-48 SGR sequences); plain text where colours are off.
public struct TextStyle: Sendable {
    private let isEnabled: Bool

    /// - Parameter enabled: usually `Terminal.hasColors(descriptor)`.
    public init(enabled: Bool) {
        self.isEnabled = enabled
    }

    /// Good.
    public func good(_ text: String) -> String { wrap(text, "32") }
    /// Needs attention.
    public func warning(_ text: String) -> String { wrap(text, "33") }
    /// Bad.
    public func bad(_ text: String) -> String { wrap(text, "31") }
    /// A heading.
    public func strong(_ text: String) -> String { wrap(text, "1") }
    /// Less important than the rest.
    public func quiet(_ text: String) -> String { wrap(text, "2") }

    private func wrap(_ text: String, _ code: String) -> String {
        isEnabled ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
