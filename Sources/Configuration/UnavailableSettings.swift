/// Settings of features that this version does not have: refused rather than ignored, because somebody relies on them.
enum UnavailableSettings {
    private static let families = ["retention."]
    private static let keys: Set<String> = ["slot.failover"]

    static func contains(_ key: String) -> Bool {
        keys.contains(key) || families.contains { key.hasPrefix($0) }
    }

    /// The same for a variable of the environment.
    static func containsVariable(_ name: String) -> Bool {
        keys.contains { EnvironmentNames.variable(for: $0) == name }
            || families.contains { name.hasPrefix(EnvironmentNames.variable(for: $0)) }
    }
}
