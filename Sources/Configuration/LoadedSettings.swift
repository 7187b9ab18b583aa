/// What the settings of every program have in common: which values are in force and where they come from.
public struct LoadedSettings: Sendable {
    /// In the order of the documentation, then `kafka.*` by name.
    private let effective: [EffectiveSetting]
    private let bootstrapServersProblem: ConfigurationProblem?

    init(_ effective: [EffectiveSetting], _ reference: SettingsReference, kafka: [(String, String)]) {
        self.effective = SettingsAssembly.documented(effective, reference)
        bootstrapServersProblem = SettingsAssembly.bootstrapServersProblem(kafka)
    }

    func redacted() -> [(key: String, value: String, source: String)] {
        effective.map { ($0.key, $0.shownValue, $0.place.description) }
    }

    func requireKafka() throws(ConfigurationError) {
        if let bootstrapServersProblem { throw ConfigurationError([bootstrapServersProblem]) }
    }
}
