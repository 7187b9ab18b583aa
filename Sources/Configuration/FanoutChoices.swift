/// Who may connect (`auth`).
public enum FanoutAuthSetting: String, CaseIterable, Sendable {
    /// Clients with a signed token; others only when `auth.anonymous` says so.
    case jwt
    /// Everybody sees everything.
    case off
}

extension SettingRule where Value == [String] {
    /// Texts separated by commas, without the blanks around them; each once, in their order.
    /// - Parameters:
    ///   - isAllowed: whether a text is one.
    ///   - fault: follows a text that is none.
    static func list(
        _ allowed: String, _ fault: String = "", _ isAllowed: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> SettingRule {
        SettingRule(allowed, acceptsFile: false) { text throws(Mismatch) in
            var items: [String] = []
            for part in text.split(separator: ",") {
                let item = String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
                if item.isEmpty || items.contains(item) { continue }
                guard isAllowed(item) else { throw Mismatch(reason: fault) }
                items.append(item)
            }
            return items
        }
    }

    static let texts = list("texts separated by commas, or empty")

    /// Signature algorithms of tokens.
    static let algorithms = list(
        "of " + algorithmNames.joined(separator: ", ") + ", separated by commas, or empty", "names an algorithm that is not known"
    ) { algorithmNames.contains($0) }

    private static var algorithmNames: [String] {
        ["HS", "RS", "PS", "ES"].flatMap { family in ["256", "384", "512"].map { family + $0 } }
    }

    /// Names of channels, or beginnings of names with a star.
    static let channels = list(
        "names of channels separated by commas, with * at the end for all that begin so, or empty",
        "has a name that no channel has"
    ) { name in
        let stem = name.hasSuffix("*") ? name.dropLast() : name[...]
        return (stem.isEmpty ? name == "*" : true) && stem.utf8.count <= 128
            && stem.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x3A).contains($0) || "_.-".utf8.contains($0)
            }
    }
}

extension SettingRule where Value == TimeSpan {
    /// A length of time of at least a second.
    static let duration = SettingRule(TimeSpan.allowed + ", 1s at least", acceptsFile: false) { text throws(Mismatch) in
        do throws(TimeSpan.Failure) {
            let span = try TimeSpan(text)
            guard span.milliseconds >= 1_000 else { throw TimeSpan.Failure(description: "is shorter than a second") }
            return span
        } catch { throw Mismatch(reason: error.description) }
    }
}

extension SettingRule where Value == ListenAddress {
    /// Where to listen.
    static let address = SettingRule("host:port or [IPv6]:port") { text throws(Mismatch) in
        do throws(ListenAddress.Failure) { return try ListenAddress(text) } catch { throw Mismatch(reason: error.reason) }
    }
}

extension ListenAddress {
    /// Whether only this machine reaches it.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }
}
