/// A setting as it is in force.
struct EffectiveSetting: Sendable {
    let key: String
    /// Without secrets.
    let shownValue: String
    let place: SettingPlace
}
