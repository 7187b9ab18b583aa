/// Byte sequences that are UTF-8 and such that are not.
public enum UTF8Sequences {
    public struct Item: Sendable {
        public let isValid: Bool
        public let bytes: [UInt8]
    }

    public struct Group: Sendable {
        public let title: String
        public let items: [Item]
    }

    /// κόσμε, the accent composed.
    public static let greek: [UInt8] = [0xCE, 0xBA, 0xE1, 0xBD, 0xB9, 0xCF, 0x83, 0xCE, 0xBC, 0xCE, 0xB5]

    public static let groups: [Group] = [
        valid(
            "code points of one to four bytes",
            ["hello$world", "hello¢world", "hello€world", "hello𤭢world"].map { Array($0.utf8) } + [greek]),
        prefixes,
        valid("the first code point of each length", [[0x00], [0xC2, 0x80], [0xE0, 0xA0, 0x80], [0xF0, 0x90, 0x80, 0x80]]),
        wrong("the first of five and six bytes", [[0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80]]),
        valid("the last code point of each length", [[0x7F], [0xDF, 0xBF], [0xEF, 0xBF, 0xBF], [0xF4, 0x8F, 0xBF, 0xBF]]),
        wrong(
            "the last of four, five and six bytes",
            [[0xF7, 0xBF, 0xBF, 0xBF], [0xFB, 0xBF, 0xBF, 0xBF, 0xBF], [0xFD, 0xBF, 0xBF, 0xBF, 0xBF, 0xBF]]),
        Group(
            title: "borders of what is allowed",
            items: [[0xED, 0x9F, 0xBF], [0xEE, 0x80, 0x80], [0xEF, 0xBF, 0xBD], [0xF4, 0x8F, 0xBF, 0xBF]].map {
                Item(isValid: true, bytes: $0)
            } + [Item(isValid: false, bytes: [0xF4, 0x90, 0x80, 0x80])]),
        wrong(
            "continuation bytes without a start",
            [[0x80], [0xBF]] + (2...6).map { count in (0..<count).map { $0 % 2 == 0 ? 0x80 : 0xBF } } + [Array(0x80..<0xBF)]),
        wrong(
            "starts without a continuation",
            [0xC0..<0xDF, 0xE0..<0xEF, 0xF0..<0xF7, 0xF8..<0xFB, 0xFC..<0xFD].map { $0.flatMap { [UInt8($0), 0x20] } }),
        wrong("the last byte is missing", unfinished),
        wrong("all of those in a row", [unfinished.flatMap { $0 }]),
        wrong("bytes that never occur", [[0xFE], [0xFF], [0xFE, 0xFE, 0xFF, 0xFF]]),
        wrong("a slash, overlong", overlong(0xAF)),
        wrong(
            "the largest overlong forms",
            [
                [0xC1, 0xBF], [0xE0, 0x9F, 0xBF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF8, 0x87, 0xBF, 0xBF, 0xBF],
                [0xFC, 0x83, 0xBF, 0xBF, 0xBF, 0xBF],
            ]),
        wrong("NUL, overlong", overlong(0x80)),
        wrong("single surrogates", (highSurrogates + [[0xED, 0xB0, 0x80], [0xED, 0xBE, 0x80], [0xED, 0xBF, 0xBF]])),
        wrong(
            "pairs of surrogates",
            highSurrogates.flatMap { high in [[0xED, 0xB0, 0x80], [0xED, 0xBF, 0xBF]].map { high + $0 } }),
        valid("code points that are no characters", noncharacters),
        valid("specials", (0xB9...0xBF).map { [0xEF, 0xBF, $0] }),
    ]

    private static func valid(_ title: String, _ items: [[UInt8]]) -> Group {
        Group(title: title, items: items.map { Item(isValid: true, bytes: $0) })
    }

    private static func wrong(_ title: String, _ items: [[UInt8]]) -> Group {
        Group(title: title, items: items.map { Item(isValid: false, bytes: $0) })
    }

    /// Valid where a code point ends.
    private static let prefixes = Group(
        title: "prefixes of a greek word",
        items: (1...greek.count).map { Item(isValid: [2, 5, 7, 9, 11].contains($0), bytes: Array(greek.prefix($0))) })

    private static let unfinished: [[UInt8]] = [
        [0xC0], [0xE0, 0x80], [0xF0, 0x80, 0x80], [0xF8, 0x80, 0x80, 0x80], [0xFC, 0x80, 0x80, 0x80, 0x80],
        [0xDF], [0xEF, 0xBF], [0xF7, 0xBF, 0xBF], [0xFB, 0xBF, 0xBF, 0xBF], [0xFD, 0xBF, 0xBF, 0xBF, 0xBF],
    ]

    private static let highSurrogates: [[UInt8]] = [
        [0xED, 0xA0, 0x80], [0xED, 0xAD, 0xBF], [0xED, 0xAE, 0x80], [0xED, 0xAF, 0xBF],
    ]

    /// A character that needs one or two bytes in two to six.
    private static func overlong(_ last: UInt8) -> [[UInt8]] {
        [[0xC0], [0xE0, 0x80], [0xF0, 0x80, 0x80], [0xF8, 0x80, 0x80, 0x80], [0xFC, 0x80, 0x80, 0x80, 0x80]].map { $0 + [last] }
    }

    /// U+FFFE, U+FFFF, and the last two of each further plane.
    private static let noncharacters: [[UInt8]] = (0...16).flatMap { plane in
        [0xFFFE, 0xFFFF].compactMap { Unicode.Scalar(UInt32(plane << 16 | $0)) }.map { Array(String($0).utf8) }
    }
}
