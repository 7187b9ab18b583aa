/// Where the value of a setting comes from.
public enum SettingPlace: Equatable, Sendable, CustomStringConvertible {
    /// Nobody set it.
    case defaultValue
    /// A line of the configuration file, counted from 1.
    case file(path: String, line: Int)
    /// A whole file.
    case wholeFile(path: String)
    /// A line of the env file, counted from 1.
    case environmentFile(path: String, line: Int)
    /// A variable of the process's environment.
    case environment(name: String)
    /// `--set` on the command line.
    case override
    /// Follows from another setting.
    indirect case implied(by: String, at: SettingPlace)

    public var description: String {
        switch self {
        case .defaultValue: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .wholeFile(let path): path
        case .environmentFile(let path, let line): "\(path):\(line)"
        case .environment(let name): "environment variable \(name)"
        case .override: "--set"
        case .implied(let key, let place): "implied by \(key) (\(place))"
        }
    }

    /// By source, then by line.
    var order: (Int, Int) {
        switch self {
        case .wholeFile: (0, 0)
        case .file(_, let line): (1, line)
        case .environmentFile(_, let line): (2, line)
        case .environment: (3, 0)
        case .override: (4, 0)
        case .defaultValue: (5, 0)
        case .implied(_, let place): place.order
        }
    }
}
