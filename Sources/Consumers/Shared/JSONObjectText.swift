import Telemetry

/// Writes a flat or nested JSON object member by member, as compact text. Strings are escaped as RFC 8259 asks for.
public struct JSONObjectText: Sendable {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    public init() {}

    /// The whole object.
    public var text: String { String(decoding: bytes + [UInt8(ascii: "}")], as: UTF8.self) }

    public mutating func add(_ name: StaticString, _ value: Int64) {
        begin(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    public mutating func add(_ name: StaticString, _ value: String) {
        begin(name)
        JSONText.append(value, to: &bytes)
    }

    /// Objects that are complete, as an array.
    public mutating func add(_ name: StaticString, _ objects: [JSONObjectText]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, object) in objects.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: object.bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func begin(_ name: StaticString) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        JSONText.append("\(name)", to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }
}
