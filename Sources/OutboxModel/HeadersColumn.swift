internal import ByteCoding

/// Reads the headers column, a JSON object, into Kafka headers.
///
/// A string's value is its text without escapes; a number, a boolean, an object or an array is its JSON text; null is a
/// header without value. A name that the relay writes itself is left out. A name given twice stays twice, in order: a
/// Kafka reader takes the last, as Postgres does. A column that holds JSON null counts as no headers.
struct HeadersColumn {
    /// The names that the relay writes itself.
    let reserved: [StaticString]

    enum Problem {
        case notAnObject
        case invalid
    }

    /// Appends names and values to `output` and lists them; `range` must be inside `bytes`. `nil` when all is well.
    func read(
        _ bytes: RawSpan, in range: Range<Int>, to output: inout ByteBuffer, list: inout HeaderList
    ) -> Problem? {
        let end = range.upperBound
        var offset = JSONScanner.skipBlanks(in: bytes, from: range.lowerBound, to: end)
        guard offset < end, bytes.byte(offset) == UInt8(ascii: "{") else {
            guard JSONScanner.isValue(bytes, in: range) else { return .invalid }
            return bytes.byte(offset) == UInt8(ascii: "n") ? nil : .notAnObject
        }
        offset = JSONScanner.skipBlanks(in: bytes, from: offset &+ 1, to: end)
        if offset < end, bytes.byte(offset) == UInt8(ascii: "}") {
            return JSONScanner.skipBlanks(in: bytes, from: offset &+ 1, to: end) == end ? nil : .invalid
        }
        while true {
            guard let next = member(of: bytes, from: offset, to: end, output: &output, list: &list) else { return .invalid }
            offset = JSONScanner.skipBlanks(in: bytes, from: next, to: end)
            guard offset < end else { return .invalid }
            let byte = bytes.byte(offset)
            offset = JSONScanner.skipBlanks(in: bytes, from: offset &+ 1, to: end)
            if byte == UInt8(ascii: "}") { return offset == end ? nil : .invalid }
            guard byte == UInt8(ascii: ",") else { return .invalid }
        }
    }

    /// Reads a name, the colon and a value, and returns where the value ends.
    private func member(
        of bytes: RawSpan, from start: Int, to end: Int, output: inout ByteBuffer, list: inout HeaderList
    ) -> Int? {
        let nameStart = output.count
        guard start < end, bytes.byte(start) == UInt8(ascii: "\""),
            let nameEnd = JSONScanner.endOfString(in: bytes, from: start, to: end)
        else { return nil }
        output.appendUnescaped(bytes, in: start &+ 1..<nameEnd &- 1)
        let name = nameStart..<output.count
        var offset = JSONScanner.skipBlanks(in: bytes, from: nameEnd, to: end)
        guard !name.isEmpty, !output.contains(0, in: name), offset < end, bytes.byte(offset) == UInt8(ascii: ":")
        else { return nil }
        offset = JSONScanner.skipBlanks(in: bytes, from: offset &+ 1, to: end)
        guard let valueEnd = JSONScanner.endOfValue(in: bytes, from: offset, to: end) else { return nil }
        if reserved.contains(where: { output.holds($0, in: name) }) {
            output.truncate(to: nameStart)
            return valueEnd
        }
        output.append(0)
        let valueStart = output.count
        switch bytes.byte(offset) {
        case UInt8(ascii: "n"):
            list.append(EncodedHeader(name: name, value: nil))
            return valueEnd
        case UInt8(ascii: "\""):
            output.appendUnescaped(bytes, in: offset &+ 1..<valueEnd &- 1)
        default:
            output.append(contentsOf: bytes, in: offset..<valueEnd)
        }
        list.append(EncodedHeader(name: name, value: valueStart..<output.count))
        return valueEnd
    }
}

extension ByteBuffer {
    /// Appends the text of a JSON string that has been checked; `range` is what stands between its quotes.
    fileprivate mutating func appendUnescaped(_ bytes: RawSpan, in range: Range<Int>) {
        var offset = range.lowerBound
        let end = range.upperBound
        while offset < end {
            var runEnd = offset
            while runEnd &+ 8 <= end {
                let found = WordScan.backslash(WordScan.load(bytes, at: runEnd))
                runEnd &+= found == 0 ? 8 : WordScan.firstLane(found)
                if found != 0 { break }
            }
            while runEnd < end, bytes.byte(runEnd) != UInt8(ascii: "\\") { runEnd &+= 1 }
            append(contentsOf: bytes, in: offset..<runEnd)
            offset = runEnd
            guard offset < end, let escape = JSONEscape(in: bytes, at: offset, end: end) else { return }
            for unit in UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter { append(unit) }
            offset &+= escape.length
        }
    }

    fileprivate borrowing func contains(_ byte: UInt8, in range: Range<Int>) -> Bool {
        withBytes { bytes in
            for offset in range where bytes.byte(offset) == byte { return true }
            return false
        }
    }

    fileprivate borrowing func holds(_ text: StaticString, in range: Range<Int>) -> Bool {
        guard text.utf8CodeUnitCount == range.count else { return false }
        return withBytes { bytes in
            JSONScanner.endOfWord(text, in: bytes, from: range.lowerBound, to: range.upperBound) != nil
        }
    }
}
