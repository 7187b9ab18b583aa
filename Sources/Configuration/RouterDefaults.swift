/// What users of Debezium's Event Router rely on without writing it: when one of its properties is given, its defaults apply
/// where our own setting is not given.
struct RouterDefaults {
    let columns: SettingsReader.Implied<ColumnPreset>?
    let format: SettingsReader.Implied<MessageFormatSetting>?
    let topicPattern: SettingsReader.Implied<TopicPattern?>?
    let afterPublish: SettingsReader.Implied<AfterPublish>?
    let warnings: [String]

    /// - Parameter origin: the router's property that was found, nil for none.
    init(_ origin: SettingCandidate?) {
        guard let origin else {
            (columns, format, topicPattern, afterPublish, warnings) = (nil, nil, nil, nil, [])
            return
        }
        let place = SettingPlace.implied(by: origin.givenKey, at: origin.place)
        let pattern = TopicPattern.eventRouter
        columns = SettingsReader.Implied(value: .debezium, text: ColumnPreset.debezium.rawValue, place: place)
        format = SettingsReader.Implied(value: .debezium, text: MessageFormatSetting.debezium.rawValue, place: place)
        topicPattern = SettingsReader.Implied(value: pattern, text: pattern.description, place: place)
        afterPublish = SettingsReader.Implied(value: .keep, text: AfterPublish.keep.rawValue, place: place)
        warnings = [
            "\(origin.givenKey) is a property of Debezium's Event Router, so its defaults apply where nothing else is set: "
                + "columns=debezium, format=debezium, topic.pattern=\(pattern), after.publish=keep"
        ]
    }
}
