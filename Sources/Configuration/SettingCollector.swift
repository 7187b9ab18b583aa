/// Gathers what the configuration's sources say, finds out which setting each name means, and keeps for each setting the
/// value that wins: `--set` over environment over env file over file; names of other tools only where ours is not set.
struct SettingCollector {
    /// What may be set.
    let reference: SettingsReference
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var warnings: [String] = []
    /// By key; `kafka.*` by librdkafka's main name.
    private var own: [String: SettingCandidate] = [:]
    /// From the Event Router's properties, by our key.
    private var router: [String: SettingCandidate] = [:]
    /// The first property of the Event Router that was understood.
    private(set) var routerOrigin: SettingCandidate?

    /// What is in force; the names of other tools fill the gaps.
    var settings: [String: SettingCandidate] { own.merging(router) { ours, _ in ours } }

    mutating func add(_ problem: ConfigurationProblem) { problems.append(problem) }
    mutating func warn(_ warning: String) { warnings.append(warning) }

    init(_ reference: SettingsReference) { self.reference = reference }

    /// Takes one `key=value`.
    mutating func add(_ key: String, _ value: String, at place: SettingPlace, layer: SettingCandidate.Layer) {
        let text = SettingCandidate(givenKey: key, content: .text(value), place: place, layer: layer)
        let path = SettingCandidate(givenKey: key, content: .file(path: value), place: place, layer: layer)
        if reference.byKey[key] != nil {
            keep(text, for: key)
        } else if let base = fileBase(of: key) {
            keep(path, for: base)
        } else if key.hasPrefix("kafka."), key.utf8.count > "kafka.".utf8.count {
            keep(text, for: Self.canonical(key))
        } else if reference.understandsEventRouter, let meaning = EventRouterProperties.meaning(of: key) {
            take(meaning, text, value)
        } else {
            refuseUnknown(key, place)
        }
    }

    /// Takes a variable that begins with `OUTBOX_`.
    mutating func addVariable(_ name: String, _ value: String, at place: SettingPlace, layer: SettingCandidate.Layer) {
        if EnvironmentNames.isForeign(name) { return }
        if let key = EnvironmentNames.key(of: name, in: reference) {
            add(key, value, at: place, layer: layer)
        } else {
            let other = [SettingsReference.relay, .consumer, .fanout].first { $0.variables[name] != nil }
            let names = Array(reference.variables.keys).sorted()
            let hint = other.map { "; it is one of \($0.program)" } ?? NearestName.clause(name, among: names)
            refuse("", place, "\(name): no setting has this variable" + hint)
        }
    }

    /// Takes the value that another tool's name stands for, when our own is not set.
    mutating func addAlias(_ key: String, givenAs name: String, _ value: String, at place: SettingPlace) {
        guard own[key] == nil, reference.byKey[key] != nil || key.hasPrefix("kafka.") else { return }
        own[key] = SettingCandidate(givenKey: name, content: .text(value), place: place, layer: .file)
    }

    func isSet(_ key: String) -> Bool { own[key] != nil }

    private mutating func keep(_ candidate: SettingCandidate, for key: String) {
        guard let other = own[key] else {
            own[key] = candidate
            return
        }
        let isRepeatedOverride = candidate.layer == .override && candidate.givenKey == other.givenKey
        if candidate.layer == other.layer, !isRepeatedOverride {
            let what = candidate.givenKey == other.givenKey ? "is set twice" : "conflicts with \(other.givenKey)"
            refuse(candidate.givenKey, candidate.place, "\(what) (also at \(other.place))", allowed: "one of the two")
        } else if candidate.layer >= other.layer {
            own[key] = candidate
        }
    }

    private mutating func take(_ meaning: EventRouterProperties.Meaning, _ candidate: SettingCandidate, _ value: String) {
        let key = candidate.givenKey
        switch meaning {
        case .column(let role):
            keepRouter(candidate, for: "column.\(role.rawValue)", value)
        case .topicPattern:
            keepRouter(candidate, for: KnownSettings.topicPattern.key, EventRouterProperties.topicPattern(value))
        case .withoutEffect(let allowed, let reason):
            guard allowed.contains(value) else {
                refuse(key, candidate.place, "\(QuotedText.quoted(value)) is not known", allowed: allowed.joined(separator: ", "))
                return
            }
            routerOrigin = routerOrigin ?? candidate
            warn("\(key) has no effect: \(reason)")
        case .declaration:
            if key != "transforms", !value.hasSuffix("EventRouter") {
                refuse(key, candidate.place, "of Kafka Connect's transforms only the outbox Event Router is understood")
            } else {
                warn("\(key) has no effect: the relay is the router")
            }
        case .refused(let hint):
            refuse(key, candidate.place, "the Event Router's property is not understood here; use instead: \(hint)")
        }
    }

    private mutating func keepRouter(_ candidate: SettingCandidate, for key: String, _ value: String) {
        routerOrigin = routerOrigin ?? candidate
        if let other = router[key], other.layer == candidate.layer, candidate.layer != .override {
            refuse(candidate.givenKey, candidate.place, "is set twice (also at \(other.place))", allowed: "one of the two")
        } else if router[key].map({ $0.layer <= candidate.layer }) ?? true {
            router[key] = SettingCandidate(
                givenKey: candidate.givenKey, content: .text(value), place: candidate.place, layer: candidate.layer)
        }
    }

    private mutating func refuseUnknown(_ key: String, _ place: SettingPlace) {
        if key.hasSuffix(".file"), reference.byKey[String(key.dropLast(5))] != nil {
            refuse(key, place, "\(key.dropLast(5)) cannot be read from a file")
        } else if let other = reference.owner(of: key) {
            refuse(key, place, "is not a setting of \(reference.program): it is one of \(other)")
        } else {
            let names = reference.all.dropLast().map(\.key) + ["kafka.bootstrap.servers"]
            let near = NearestName.clause(key, among: names)
            refuse(near.isEmpty ? Self.withoutPastedText(key) : key, place, "is not a setting" + near)
        }
    }

    private mutating func refuse(_ key: String, _ place: SettingPlace, _ message: String, allowed: String = "") {
        problems.append(ConfigurationProblem(key: key, place: place, message: message, allowed: allowed))
    }

    /// A key that does not look like one may be a line of something pasted, a private key say: only its beginning is shown.
    private static func withoutPastedText(_ key: String) -> String {
        let looksLikeKey = key.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        return looksLikeKey && key.utf8.count <= 80 ? key : key.prefix(8) + "…"
    }

    /// The setting whose value the file holds. Of librdkafka's only secrets are read from files: some of its own properties
    /// end in `.file` and are paths for librdkafka itself.
    private func fileBase(of key: String) -> String? {
        guard key.hasSuffix(".file") else { return nil }
        let base = String(key.dropLast(".file".count))
        if reference.byKey[base]?.acceptsFile == true { return base }
        return base.hasPrefix("kafka.") && SecretKeys.isSecret(base) ? Self.canonical(base) : nil
    }

    private static func canonical(_ key: String) -> String {
        "kafka." + KafkaProperties.canonicalName(String(key.dropFirst("kafka.".count)))
    }
}
