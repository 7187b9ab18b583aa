/// Reads collected texts as the values they should be, noting every problem and going on.
struct SettingsReader {
    /// What a setting is when nobody sets it but another setting decides it.
    struct Implied<Value> {
        let value: Value
        let text: String
        var place = SettingPlace.defaultValue
    }

    private(set) var problems: [ConfigurationProblem] = []
    private(set) var effective: [EffectiveSetting] = []
    private let settings: [String: SettingCandidate]

    init(_ settings: [String: SettingCandidate]) {
        self.settings = settings
    }

    func isGiven(_ key: String) -> Bool { settings[key] != nil }

    /// The value of a setting; its default when there is none or when it is wrong.
    mutating func read<Value>(_ setting: Setting<Value>, implied: Implied<Value>? = nil) -> Value {
        guard let candidate = settings[setting.key] else {
            let value = implied ?? Implied(value: setting.defaultValue, text: setting.defaultText)
            effective.append(EffectiveSetting(key: setting.key, shownValue: value.text, place: value.place))
            return value.value
        }
        guard let text = text(of: candidate) else { return setting.defaultValue }
        note(setting.key, text, candidate.place)
        do throws(SettingRule<Value>.Mismatch) {
            return try setting.rule.parse(text)
        } catch {
            let value = SecretKeys.isSecret(setting.key) ? "the value" : QuotedText.quoted(text)
            refuse(
                setting.key, error.standsAlone ? error.reason : "\(value) \(error.reason)", allowed: setting.rule.allowed)
            return setting.defaultValue
        }
    }

    /// Our defaults overlaid by the user's properties, and what is worth a warning.
    mutating func readKafka(_ rules: KafkaRules) -> (properties: [(String, String)], warnings: [String]) {
        var given: [String: (name: String, value: String)] = [:]
        var warnings: [String] = []
        for (key, candidate) in settings.sorted(by: { $0.key < $1.key }) where key.hasPrefix("kafka.") {
            guard let text = text(of: candidate) else { continue }
            let canonical = String(key.dropFirst("kafka.".count))
            var name = candidate.givenKey.hasPrefix("kafka.") ? String(candidate.givenKey.dropFirst("kafka.".count)) : canonical
            if case .file = candidate.content { name = String(name.dropLast(".file".count)) }
            given[canonical] = (name, text)
            switch rules.verdict(canonical, text) {
            case .fine: break
            case .warning(let warning): warnings.append(warning)
            case .refused(let reason, let allowed): refuse(key, reason, allowed: allowed)
            }
        }
        var properties: [(String, String)] = []
        for (name, value) in rules.defaults {
            let user = given.removeValue(forKey: name)
            properties.append(user ?? (name, value))
            noteKafka(name, user?.value ?? value)
        }
        for (canonical, user) in given.sorted(by: { $0.key < $1.key }) {
            properties.append(user)
            noteKafka(canonical, user.value)
        }
        return (properties, warnings)
    }

    /// Notes a contradiction, at the place where the key was set.
    mutating func refuse(_ key: String, _ message: String, allowed: String = "") {
        let candidate = settings[key]
        problems.append(
            ConfigurationProblem(
                key: candidate?.givenKey ?? key, place: candidate?.place ?? .defaultValue, message: message, allowed: allowed))
    }

    private mutating func text(of candidate: SettingCandidate) -> String? {
        switch candidate.content {
        case .text(let text): return text
        case .file(let path):
            do throws(TextFile.Failure) {
                let text = try TextFile.read(path)
                // "\r\n" is one Character.
                return text.last == "\n" || text.last == "\r\n" ? String(text.dropLast()) : text
            } catch {
                problems.append(
                    ConfigurationProblem(
                        key: candidate.givenKey, place: candidate.place,
                        message: "the file \(QuotedText.quoted(path)) \(error.reason)"))
                return nil
            }
        }
    }

    private mutating func note(_ key: String, _ text: String, _ place: SettingPlace) {
        effective.append(EffectiveSetting(key: key, shownValue: SecretKeys.masked(text, of: key), place: place))
    }

    private mutating func noteKafka(_ name: String, _ value: String) {
        let key = "kafka." + name
        note(key, value, settings[key]?.place ?? .defaultValue)
    }
}
