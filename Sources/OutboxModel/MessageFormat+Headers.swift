extension MessageFormat {
    /// The headers that the relay writes itself in this format.
    var headerNames: [StaticString] {
        switch self {
        case .envelope, .payload: ["event_id", "event_type", "aggregate_type"]
        case .debezium: ["id"]
        case .cloudevents: ["event_id", "event_type", "aggregate_type", "content-type"]
        }
    }
}
