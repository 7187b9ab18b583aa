/// All series of one metric name.
struct MetricFamily {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    enum Instrument {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
        case sampled(@Sendable () -> Double)
    }

    let name: String
    let help: String
    let kind: Kind
    /// By the text of their labels, `topic="orders"`, which is also how they are rendered.
    var series: [String: Instrument] = [:]
}
