/// A value that somebody gave to a setting, not yet read as what it should be.
struct SettingCandidate {
    /// Later ones win.
    enum Layer: Int, Comparable {
        case file
        case environmentFile
        case environment
        case override

        static func < (left: Layer, right: Layer) -> Bool { left.rawValue < right.rawValue }
    }

    /// The value, or where it is.
    enum Content {
        case text(String)
        /// `<key>.file`
        case file(path: String)
    }

    /// As the user named it, for messages.
    let givenKey: String
    let content: Content
    let place: SettingPlace
    let layer: Layer
}
