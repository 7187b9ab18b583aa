import Testing
import WebSocket
import WebSocketCases

struct UTF8ValidatorTests {
    private func isText(_ bytes: [UInt8], cutAt place: Int = 0) -> Bool {
        var validator = UTF8Validator()
        let accepted = bytes.withUnsafeBytes {
            validator.accept(UnsafeRawBufferPointer(rebasing: $0[..<place]))
                && validator.accept(UnsafeRawBufferPointer(rebasing: $0[place...]))
        }
        return accepted && validator.isComplete
    }

    @Test func `it agrees with the standard library on all sequences of two bytes, and of three after each kind of start`() {
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let two = [first, second]
                if isText(two) != (String(validating: two, as: UTF8.self) != nil) { Issue.record("\(two)") }
                for third in [0x00, 0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] as [UInt8] {
                    let three = [first, second, third]
                    if isText(three) != (String(validating: three, as: UTF8.self) != nil) { Issue.record("\(three)") }
                }
            }
        }
    }

    @Test func `it accepts every code point, and no surrogate`() {
        for value in 0...0x10FFFF as ClosedRange<UInt32> {
            guard let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else { continue }
            if !isText(Array(encoded)) { Issue.record("U+\(String(value, radix: 16))") }
        }
        for second in 0xA0...0xBF as ClosedRange<UInt8> { #expect(!isText([0xED, second, 0x80])) }
    }

    @Test(arguments: UTF8Sequences.groups.flatMap(\.items).map(\.bytes))
    func `the verdict does not depend on the cut, nor on ASCII around it`(bytes: [UInt8]) {
        let verdict = String(validating: bytes, as: UTF8.self) != nil
        for before in [0, 1, 7, 8, 31, 32, 33] {
            let text = [UInt8](repeating: 0x61, count: before) + bytes + [UInt8](repeating: 0x7A, count: 40)
            for place in 0...text.count where isText(text, cutAt: place) != verdict { Issue.record("\(text) cut at \(place)") }
        }
    }

    /// The same byte as the first at which the standard library's decoder has nothing to go on with.
    @Test(
        arguments: [
            ([0xC0], 0), ([0xF5], 0), ([0xE0, 0x9F], 1), ([0xED, 0xA0], 1), ([0xF0, 0x8F], 1), ([0xF4, 0x90], 1),
            ([0x61, 0xC3, 0x28], 2), ([0xF0, 0x9F, 0x98, 0x41], 3), ([0x80], 0),
        ] as [([UInt8], Int)])
    func `it fails at the first wrong byte`(bytes: [UInt8], wrong: Int) {
        var validator = UTF8Validator()
        let verdicts = bytes.map { validator.accept($0) }
        #expect(verdicts.firstIndex(of: false) == wrong)
    }
}
