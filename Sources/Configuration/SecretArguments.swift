/// Finds secrets in a command line, so that they can be overwritten in the process's memory where `ps` reads them.
public enum SecretArguments {
    /// For every word its replacement of the same length in bytes, with stars for what is secret, or nil when nothing in it is.
    ///
    /// Understands `key=value` (after `--set` or `--set=`, or alone), and finds passwords in connection URIs anywhere.
    /// - Parameter arguments: the words as the process got them, its own name included or not.
    public static func masked(_ arguments: [String]) -> [String?] {
        arguments.map { word in
            let bytes = Array(word.utf8)
            let ranges = secretRanges(bytes)
            guard !ranges.isEmpty else { return nil }
            var result = bytes
            for range in ranges {
                for index in range { result[index] = UInt8(ascii: "*") }
            }
            return String(decoding: result, as: UTF8.self)
        }
    }

    private static func secretRanges(_ bytes: [UInt8]) -> [Range<Int>] {
        var start = 0
        if bytes.starts(with: "--".utf8), let equals = bytes.firstIndex(of: UInt8(ascii: "=")) { start = equals + 1 }
        let rest = bytes[start...]
        if ConnectionStringSecrets.endOfScheme(Array(rest)) == nil, let equals = rest.firstIndex(of: UInt8(ascii: "=")) {
            let key = trimmed(String(decoding: rest[..<equals], as: UTF8.self))
            let value = (equals + 1)..<bytes.count
            if SecretKeys.isConnectionString(key) { return inside(bytes, value) }
            if SecretKeys.isSecret(key), !value.isEmpty { return [value] }
        }
        return wordWithURI(bytes)
    }

    /// A URI anywhere in the word: an option of another name, a key that is not ours.
    private static func wordWithURI(_ bytes: [UInt8]) -> [Range<Int>] {
        var index = 0
        while index + 3 <= bytes.count {
            if bytes[index...].starts(with: "://".utf8) {
                var start = index
                while start > 0, bytes[start - 1] != UInt8(ascii: "=") { start -= 1 }
                return inside(bytes, start..<bytes.count)
            }
            index += 1
        }
        return []
    }

    private static func inside(_ bytes: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        ConnectionStringSecrets.ranges(in: Array(bytes[range])).map {
            ($0.lowerBound + range.lowerBound)..<($0.upperBound + range.lowerBound)
        }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
