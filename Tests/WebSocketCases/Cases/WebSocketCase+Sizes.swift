extension WebSocketCase {
    /// 9 and 10: large messages, whole, in fragments and in pieces, and many round trips.
    static let sizes: [WebSocketCase] =
        sizes(of: 1) + sizes(of: 2) + [
            WebSocketCase(
                "10.1.1", "text of 64 kB in fragments of 1300 bytes", largest: (65536, 51), steps(1, size: 65536, fragment: 1300))
        ]

    private static let kilo = 1024
    private static let mega = 1024 * 1024

    private static func sizes(of opcode: UInt8) -> [WebSocketCase] {
        let kind = opcode == 1 ? "text" : "binary"
        let group = Int(opcode)
        var cases: [WebSocketCase] = []
        for (index, size) in [64 * kilo, 256 * kilo, mega, 4 * mega, 8 * mega, 16 * mega].enumerated() {
            let id = "9.\(group).\(index + 1)"
            cases.append(WebSocketCase(id, "\(kind) of \(size / kilo) kB", largest: (size, 1), steps(opcode, size: size)))
        }
        let fragments = [64, 256, kilo, 4 * kilo, 16 * kilo, 64 * kilo, 256 * kilo, mega, 4 * mega]
        for (index, fragment) in fragments.enumerated() {
            let title = "\(kind) of 4 MB in fragments of \(fragment) bytes"
            let id = "9.\(group + 2).\(index + 1)"
            cases.append(
                WebSocketCase(
                    id, title, largest: (4 * mega, 4 * mega / fragment), steps(opcode, size: 4 * mega, fragment: fragment)))
        }
        for (index, piece) in [64, 128, 256, 512, 1024, 2048].enumerated() {
            let title = "\(kind) of 1 MB in pieces of \(piece) bytes"
            let id = "9.\(group + 4).\(index + 1)"
            cases.append(WebSocketCase(id, title, largest: (mega, 1), steps(opcode, size: mega, chop: .pieces(piece))))
        }
        for (index, size) in [0, 16, 64, 256, 1024, 4096].enumerated() {
            let title = "1000 round trips of \(kind) of \(size) bytes"
            let id = "9.\(group + 6).\(index + 1)"
            cases.append(WebSocketCase(id, title, largest: (size, 1), [.roundTrips(1000, WireFrame(opcode, payload(size)))]))
        }
        return cases
    }

    private static func steps(_ opcode: UInt8, size: Int, fragment: Int? = nil, chop: Chop = .together) -> [Step] {
        let payload = payload(size)
        let frames = fragment.map { WireFrame.fragmented(opcode, payload, size: $0) } ?? [WireFrame(opcode, payload)]
        return [.send(frames, chop), .expect(opcode == 1 ? .text(payload) : .binary(payload))]
    }

    /// ASCII in which no two neighbouring blocks of the usual sizes are alike: 4093 is a prime.
    private static func payload(_ size: Int) -> [UInt8] {
        var payload: [UInt8] = []
        payload.reserveCapacity(size)
        while payload.count < size { payload += block.prefix(size - payload.count) }
        return payload
    }

    private static let block: [UInt8] = (0..<4093).map { UInt8(32 + ($0 &* 7 ^ $0 >> 7) % 95) }
}
