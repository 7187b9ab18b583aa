/// Builds one JSON object member by member.
struct MessageWriter {
    private var bytes: [UInt8] = [UInt8(ascii: "{")]

    init() { bytes.reserveCapacity(256) }

    mutating func begin(_ type: String, _ id: RequestID? = nil) {
        add("type", type)
        switch id {
        case .text(let text): add("id", text)
        case .number(let number): add(raw: "id", String(number))
        case nil: break
        }
    }

    mutating func add(_ name: String, _ value: String) {
        key(name)
        JSONText.append(value, to: &bytes)
    }

    mutating func add(_ name: String, _ channels: [ChannelName]) {
        key(name)
        JSONText.append(channels, to: &bytes)
    }

    /// - Parameter value: JSON already.
    mutating func add(raw name: String, _ value: String) {
        key(name)
        bytes.append(contentsOf: value.utf8)
    }

    /// - Parameter seconds: since 1970; nil becomes null.
    mutating func add(instant name: String, _ seconds: Int64?) {
        if let seconds { add(name, InstantText.text(seconds)) } else { add(raw: name, "null") }
    }

    mutating func end() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func key(_ name: String) {
        if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
        JSONText.append(name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
    }
}
