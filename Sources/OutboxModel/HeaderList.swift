internal import ByteCoding

/// The Kafka headers of one message, their bytes in the encoder's buffer.
struct HeaderList {
    /// Never shrunk: the first `count` are the message's.
    private var headers: [EncodedHeader] = []
    private(set) var count = 0
    /// What they count against the message size: name, value and 3 bytes each.
    private(set) var encodedSize = 0

    /// `index` must be in `0..<count`.
    subscript(_ index: Int) -> EncodedHeader {
        precondition(index < count)
        return headers[index]
    }

    mutating func removeAll() {
        count = 0
        encodedSize = 0
    }

    mutating func append(_ header: EncodedHeader) {
        if count < headers.count {
            headers[count] = header
        } else {
            headers.append(header)
        }
        count += 1
        encodedSize += header.name.count + (header.value?.count ?? 0) + 3
    }

    /// Adds a header whose value is at `value` in `bytes`; where that is `nil`, an empty one.
    mutating func add(_ name: StaticString, _ value: Range<Int>?, of bytes: RawSpan, to output: inout ByteBuffer) {
        let nameStart = output.count
        output.append(name)
        output.append(0)
        let valueStart = output.count
        if let value { output.append(contentsOf: bytes, in: value) }
        append(EncodedHeader(name: nameStart..<valueStart - 1, value: valueStart..<output.count))
    }

    /// Adds a header with a text of the relay's own.
    mutating func add(_ name: StaticString, text: StaticString, to output: inout ByteBuffer) {
        let nameStart = output.count
        output.append(name)
        output.append(0)
        let valueStart = output.count
        output.append(text)
        append(EncodedHeader(name: nameStart..<valueStart - 1, value: valueStart..<output.count))
    }

    /// Adds a header of a dead letter.
    mutating func add(_ name: DeadLetterHeader, text: String, to output: inout ByteBuffer) {
        let nameStart = output.count
        output.append(name.rawValue)
        output.append(0)
        let valueStart = output.count
        output.append(text)
        append(EncodedHeader(name: nameStart..<valueStart - 1, value: valueStart..<output.count))
    }
}
