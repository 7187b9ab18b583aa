/// What happens to later events of a key after a dead letter (`parking`).
public enum ParkingSetting: String, CaseIterable, Sendable {
    case ignore
    case wait
    case follow
}

/// How long claims are kept (`inbox.retention`).
public enum InboxRetentionSetting: Hashable, Sendable {
    /// As long as the topics keep events, and a day more.
    case auto
    case forever
    case span(TimeSpan)
}

extension SettingRule where Value == ParkingSetting? {
    static let parking = SettingRule("ignore, wait, follow, or empty", acceptsFile: false) { text throws(Mismatch) in
        if text.isEmpty { return nil }
        guard let value = ParkingSetting(rawValue: text) else { throw Mismatch(reason: "is not known") }
        return value
    }
}

extension SettingRule where Value == InboxRetentionSetting {
    static let inboxRetention = SettingRule("auto, forever, or \(TimeSpan.allowed), 1d at least", acceptsFile: false) {
        text throws(Mismatch) in
        if text == "auto" { return .auto }
        if text == "forever" { return .forever }
        do throws(TimeSpan.Failure) {
            let span = try TimeSpan(text)
            guard span.milliseconds >= 86_400_000 else { throw TimeSpan.Failure(description: "is shorter than a day") }
            return .span(span)
        } catch { throw Mismatch(reason: error.description) }
    }
}

extension SettingRule where Value == Double {
    /// A share.
    static let ratio = SettingRule("0 to 1, or 0 % to 100 %", acceptsFile: false) { text throws(Mismatch) in
        let isPercent = text.hasSuffix("%")
        var digits = isPercent ? text.dropLast() : text[...]
        while digits.last == " " { digits.removeLast() }
        guard digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(digits) else {
            throw Mismatch(reason: "is not a number")
        }
        let value = isPercent ? number / 100 : number
        guard (0...1).contains(value) else { throw Mismatch(reason: "is out of range") }
        return value
    }
}

extension SettingRule where Value == [String]? {
    /// Names separated by commas; empty or `all` for all.
    static let names = SettingRule("names separated by commas, or all", acceptsFile: false) { text throws(Mismatch) in
        var names: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let name = String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            if name.isEmpty { continue }
            guard name.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }) else {
                throw Mismatch(reason: "has other characters than a-z, 0-9 and -")
            }
            if !names.contains(name) { names.append(name) }
        }
        return names.isEmpty || names == ["all"] ? nil : names
    }
}

extension SettingRule where Value == String {
    /// A URL of one of these schemes; its parts are checked by those who use it.
    static func url(_ schemes: [String]) -> SettingRule {
        SettingRule("a URL that begins with " + schemes.map { $0 + "://" }.joined(separator: " or ")) { text throws(Mismatch) in
            guard schemes.contains(where: { text.hasPrefix($0 + "://") }) else { throw Mismatch(reason: "begins otherwise") }
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw Mismatch(reason: "has a character that a URL cannot have")
            }
            return text
        }
    }
}
