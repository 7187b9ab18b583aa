/// What the text of a setting may be, and how it becomes a value.
struct SettingRule<Value: Sendable>: Sendable {
    /// Why a text is refused.
    struct Mismatch: Error {
        /// Follows the quoted value ("is not a whole number"), or stands alone.
        let reason: String
        var standsAlone = false
    }

    /// For messages and documentation.
    let allowed: String
    /// Whether `<key>.file` may name a file that holds the value.
    let acceptsFile: Bool
    let parse: @Sendable (String) throws(Mismatch) -> Value

    init(_ allowed: String, acceptsFile: Bool = true, parse: @escaping @Sendable (String) throws(Mismatch) -> Value) {
        self.allowed = allowed
        self.acceptsFile = acceptsFile
        self.parse = parse
    }
}

extension SettingRule where Value: RawRepresentable<String> & CaseIterable {
    /// One of the raw values of an enumeration.
    /// - Parameters:
    ///   - refused: values of other versions, which are refused by name.
    ///   - key: the setting, for the refusal.
    static func choice(refused: [String], of key: String) -> SettingRule {
        let names = Value.allCases.map(\.rawValue)
        return SettingRule(names.joined(separator: ", "), acceptsFile: false) { text throws(Mismatch) in
            if let value = Value(rawValue: text) { return value }
            if refused.contains(text) {
                throw Mismatch(reason: "\(key)=\(text) does not exist in this version", standsAlone: true)
            }
            throw Mismatch(reason: "is not known" + NearestName.clause(text, among: names))
        }
    }
}

extension SettingRule where Value == Int {
    /// A whole number.
    static func integer(_ range: ClosedRange<Int>) -> SettingRule {
        SettingRule("\(range.lowerBound) to \(range.upperBound)", acceptsFile: false) { text throws(Mismatch) in
            guard let number = Int(text) else { throw Mismatch(reason: "is not a whole number") }
            guard range.contains(number) else { throw Mismatch(reason: "is out of range") }
            return number
        }
    }

    /// A number of bytes, with or without a unit.
    static func bytes(_ range: ClosedRange<Int>) -> SettingRule {
        let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
        let shown = { (number: Int) in
            let unit = units.last { number % $0.1 == 0 } ?? ("B", 1)
            return "\(number / unit.1) \(unit.0)"
        }
        let allowed = "\(shown(range.lowerBound)) to \(shown(range.upperBound)), in bytes or with KiB, MiB, GiB"
        return SettingRule(allowed, acceptsFile: false) { text throws(Mismatch) in
            let unit = units.first { text.hasSuffix($0.0) }
            let digits = unit == nil ? text[...] : text.dropLast(3)
            guard let number = Int(digits.last == " " ? digits.dropLast() : digits) else {
                throw Mismatch(reason: "is not a number of bytes")
            }
            let (product, overflows) = number.multipliedReportingOverflow(by: unit?.1 ?? 1)
            guard !overflows, range.contains(product) else { throw Mismatch(reason: "is out of range") }
            return product
        }
    }
}

extension SettingRule where Value == String {
    /// A name of 1 to 63 bytes, which is what Postgres keeps of an identifier (NAMEDATALEN - 1).
    static let identifier = SettingRule("1 to 63 bytes") { text throws(Mismatch) in
        guard !text.isEmpty else { throw Mismatch(reason: "is empty") }
        guard text.utf8.count <= 63 else { throw Mismatch(reason: "is longer than 63 bytes") }
        guard !text.utf8.contains(0) else { throw Mismatch(reason: "holds a zero byte") }
        return text
    }

    /// A replication slot's name (ReplicationSlotValidateName in PostgreSQL's slot.c).
    static let slotName = SettingRule("1 to 63 of a-z, 0-9 and _") { text throws(Mismatch) in
        let isAllowed = { (byte: UInt8) in (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F }
        guard text.utf8.allSatisfy(isAllowed) else { throw Mismatch(reason: "has other characters than a-z, 0-9 and _") }
        guard (1...63).contains(text.utf8.count) else { throw Mismatch(reason: "has \(text.utf8.count) characters") }
        return text
    }

    /// A connection string for libpq; empty leaves everything to libpq's own environment variables.
    static let connectionString = SettingRule("a libpq URI (postgresql://...) or keywords (host=... dbname=...)") {
        text throws(Mismatch) in
        guard !text.utf8.contains(0) else { throw Mismatch(reason: "holds a zero byte") }
        guard let end = ConnectionStringSecrets.endOfScheme(Array(text.utf8)) else {
            guard text.isEmpty || text.contains("=") else { throw Mismatch(reason: "is neither a URI nor key=value pairs") }
            return text
        }
        let scheme = String(decoding: text.utf8.prefix(end - 3), as: UTF8.self)
        guard scheme == "postgresql" || scheme == "postgres" else {
            throw Mismatch(reason: "begins with another scheme than postgresql:// or postgres://")
        }
        return text
    }

    /// A secret: anything without zero bytes.
    static let secret = SettingRule("text") { text throws(Mismatch) in
        guard !text.utf8.contains(0) else { throw Mismatch(reason: "holds a zero byte") }
        return text
    }

    /// A file of this machine.
    static let path = SettingRule("path of a file", acceptsFile: false) { text throws(Mismatch) in
        guard !text.isEmpty else { throw Mismatch(reason: "is empty") }
        guard !text.utf8.contains(0) else { throw Mismatch(reason: "holds a zero byte") }
        return text
    }

    /// A topic's name (org.apache.kafka.common.internals.Topic).
    static let topic = SettingRule("1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-'") { text throws(Mismatch) in
        guard !text.isEmpty else { throw Mismatch(reason: "is empty") }
        guard text.utf8.allSatisfy(TopicCharacters.contains) else { throw Mismatch(reason: "has a character that Kafka refuses") }
        guard text.utf8.count <= 249 else { throw Mismatch(reason: "is longer than 249 characters") }
        guard text != ".", text != ".." else { throw Mismatch(reason: "is reserved") }
        return text
    }

    /// The beginning of topic names.
    static let topicPrefix = SettingRule("up to 200 of a-z, A-Z, 0-9, '.', '_' and '-'") { text throws(Mismatch) in
        guard text.utf8.allSatisfy(TopicCharacters.contains) else { throw Mismatch(reason: "has a character that Kafka refuses") }
        guard text.utf8.count <= 200 else { throw Mismatch(reason: "is longer than 200 characters") }
        return text
    }

    /// CloudEvents' `source`: a non-empty URI reference; of its grammar (RFC 3986) only the characters are checked.
    static let uriReference = SettingRule("a URI or the end of one, without blanks") { text throws(Mismatch) in
        guard !text.isEmpty else { throw Mismatch(reason: "is empty") }
        let isAllowed = { (byte: UInt8) in (0x21...0x7E).contains(byte) && !"\"<>\\^`{|}".utf8.contains(byte) }
        guard text.utf8.allSatisfy(isAllowed) else { throw Mismatch(reason: "has a character that a URI cannot have") }
        return text
    }
}

extension SettingRule where Value == String? {
    /// The same, and empty for none.
    static func optional(_ rule: SettingRule<String>) -> SettingRule {
        SettingRule(rule.allowed + ", or empty for none", acceptsFile: rule.acceptsFile) { text throws(Mismatch) in
            if text.isEmpty { return nil }
            do throws(SettingRule<String>.Mismatch) {
                return try rule.parse(text)
            } catch {
                throw Mismatch(reason: error.reason, standsAlone: error.standsAlone)
            }
        }
    }
}

extension SettingRule where Value == Bool {
    /// Yes or no.
    static let flag = SettingRule("true, false", acceptsFile: false) { text throws(Mismatch) in
        guard let value = Bool(text) else { throw Mismatch(reason: "is neither true nor false") }
        return value
    }
}

extension SettingRule where Value == TimeSpan? {
    /// A length of time of at least a second, and empty for none.
    static let timeSpan = SettingRule(TimeSpan.allowed + ", 1s at least, or empty for never", acceptsFile: false) {
        text throws(Mismatch) in
        if text.isEmpty { return nil }
        do throws(TimeSpan.Failure) {
            let span = try TimeSpan(text)
            guard span.milliseconds >= 1_000 else { throw TimeSpan.Failure(description: "is shorter than a second") }
            return span
        } catch { throw Mismatch(reason: error.description) }
    }
}

extension SettingRule where Value == TopicPattern? {
    /// A pattern of topic names, and empty for none.
    static let topicPattern = SettingRule("topic characters with ${aggregate_type} and ${event_type}, or empty for none") {
        text throws(Mismatch) in
        if text.isEmpty { return nil }
        do throws(TopicPattern.Failure) {
            return try TopicPattern(text)
        } catch {
            throw Mismatch(reason: error.reason)
        }
    }
}

extension SettingRule where Value == QualifiedName {
    /// A table's name as in SQL.
    static let table = SettingRule("table or schema.table, as in SQL") { text throws(Mismatch) in
        do throws(QualifiedName.Failure) {
            return try QualifiedName(text)
        } catch {
            throw Mismatch(reason: error.reason)
        }
    }
}

extension SettingRule where Value == ListenAddress? {
    /// Where to listen, or nowhere.
    static let listen = SettingRule("host:port, [IPv6]:port, or off") { text throws(Mismatch) in
        if text == "off" { return nil }
        do throws(ListenAddress.Failure) {
            return try ListenAddress(text)
        } catch {
            throw Mismatch(reason: error.reason)
        }
    }
}

extension SettingRule where Value == LogFormatSetting? {
    /// `text` or `json`, and empty to decide by the terminal.
    static let logFormat = SettingRule("text, json, or empty to decide by the terminal", acceptsFile: false) {
        text throws(Mismatch) in
        if text.isEmpty { return nil }
        guard let format = LogFormatSetting(rawValue: text) else { throw Mismatch(reason: "is not known") }
        return format
    }
}
