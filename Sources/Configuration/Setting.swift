/// The definition of one setting: its name, what it may be, and what it is when nobody says. Everything else about settings
/// (parsing, help, documentation) is derived from these.
struct Setting<Value: Sendable>: Sendable {
    let key: String
    let defaultValue: Value
    /// The default as text, for the documentation and for showing the effective settings.
    let defaultText: String
    let rule: SettingRule<Value>
    let description: String

    init(_ key: String, _ rule: SettingRule<Value>, default value: Value, text: String, _ description: String) {
        self.key = key
        self.rule = rule
        self.defaultValue = value
        self.defaultText = text
        self.description = description
    }
}

extension Setting where Value == String {
    init(_ key: String, _ rule: SettingRule<String>, default value: String, _ description: String) {
        self.init(key, rule, default: value, text: value, description)
    }
}

extension Setting where Value == Int {
    init(_ key: String, _ rule: SettingRule<Int>, default value: Int, _ description: String) {
        self.init(key, rule, default: value, text: String(value), description)
    }
}

extension Setting where Value: RawRepresentable<String> & CaseIterable {
    init(_ key: String, default value: Value, refused: [String] = [], _ description: String) {
        self.init(key, .choice(refused: refused, of: key), default: value, text: value.rawValue, description)
    }
}
