/// An allowed origin that is none.
public struct OriginRuleError: Error, Hashable, Sendable, CustomStringConvertible {
    public let rule: String

    init(_ rule: String) { self.rule = rule }

    public var description: String {
        "\"\(rule)\" is no origin: same-origin, *, https://shop.example, https://*.shop.example or http://localhost:3000"
    }
}
