internal import Glibc

/// Who buries a dead letter.
struct LetterOrigin: Sendable {
    let consumer: String
    /// The definition's version.
    let version: String
    let group: String
    /// `host/pid` of this process.
    let instance: String

    init(_ definition: ConsumerDefinition, group: String) {
        consumer = definition.name
        version = definition.version
        self.group = group
        var name = [CChar](repeating: 0, count: 256)
        let isKnown = gethostname(&name, name.count - 1) == 0
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        instance = "\(isKnown ? host : "unknown")/\(getpid())"
    }
}
