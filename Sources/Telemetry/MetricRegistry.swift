import Synchronization

/// Holds the metrics of the process and renders them for Prometheus.
///
/// Asking for an instrument takes a short lock: do it once and keep the object. Using one is lock-free. Names, label names
/// and kinds are the program's own text and are checked by precondition; label values may come from anywhere and are
/// escaped. A family takes at most ``maximumSeries`` series, so that label values from outside (topic names of a table)
/// cannot grow the process: what comes after shares one series whose label values are all `other`.
public final class MetricRegistry: Sendable {
    private struct State {
        var families: [String: MetricFamily] = [:]
        var collectors: [@Sendable () -> Void] = []
    }

    /// Most series of one metric name.
    public static let maximumSeries = 1000

    private let state = Mutex(State())

    public init() {}

    /// The counter with this name and these labels, made at the first call. The name has to end with `_total`.
    public func counter(_ name: String, help: String, labels: [(String, String)] = []) -> Counter {
        precondition(name.hasSuffix("_total"), "a counter's name ends with _total")
        let instrument = instrument(name, help, .counter, labels) { .counter(Counter()) }
        guard case .counter(let counter) = instrument else { preconditionFailure("this metric is sampled") }
        return counter
    }

    /// The gauge with this name and these labels, made at the first call.
    public func gauge(_ name: String, help: String, labels: [(String, String)] = []) -> Gauge {
        let instrument = instrument(name, help, .gauge, labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = instrument else { preconditionFailure("this metric is sampled") }
        return gauge
    }

    /// The histogram with this name and these labels, made at the first call, whose buckets count.
    public func histogram(
        _ name: String, help: String, buckets: [Double] = Histogram.deliveryBuckets, labels: [(String, String)] = []
    ) -> Histogram {
        precondition(!labels.contains { $0.0 == "le" }, "le is the label of buckets")
        let instrument = instrument(name, help, .histogram, labels) { .histogram(Histogram(buckets: buckets)) }
        guard case .histogram(let histogram) = instrument else { preconditionFailure("not a histogram") }
        return histogram
    }

    /// A counter whose total somebody else keeps (the kernel, a library): `read` gives it at each rendering, on the rendering
    /// thread, and must not call the registry. The first `read` for a name and labels stays.
    public func sampledCounter(
        _ name: String, help: String, labels: [(String, String)] = [], read: @escaping @Sendable () -> Double
    ) {
        precondition(name.hasSuffix("_total"), "a counter's name ends with _total")
        _ = instrument(name, help, .counter, labels) { .sampled(read) }
    }

    /// A gauge read at each rendering, under the rules of ``sampledCounter(_:help:labels:read:)``.
    public func sampledGauge(
        _ name: String, help: String, labels: [(String, String)] = [], read: @escaping @Sendable () -> Double
    ) {
        _ = instrument(name, help, .gauge, labels) { .sampled(read) }
    }

    /// Runs `body` before each rendering, on the rendering thread and outside the registry's lock: the place to set gauges
    /// from a state that others publish.
    public func onCollect(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.collectors.append(body) }
    }

    /// Everything in the Prometheus text format 0.0.4, families by name, series by labels. Observations go on meanwhile.
    public func render() -> String {
        for collect in state.withLock({ $0.collectors }) {
            collect()
        }
        let families = state.withLock { $0.families }
        var text = PrometheusText()
        for name in families.keys.sorted() {
            if let family = families[name] {
                text.write(family)
            }
        }
        return text.text
    }

    private func instrument(
        _ name: String, _ help: String, _ kind: MetricFamily.Kind, _ labels: [(String, String)],
        make: () -> MetricFamily.Instrument
    ) -> MetricFamily.Instrument {
        precondition(Self.isName(name), "not a metric name")
        precondition(labels.allSatisfy { Self.isName($0.0) && !$0.0.utf8.contains(UInt8(ascii: ":")) }, "not a label name")
        precondition(Set(labels.map(\.0)).count == labels.count, "a label is given twice")
        return state.withLock { state in
            var family = state.families.removeValue(forKey: name) ?? MetricFamily(name: name, help: help, kind: kind)
            defer { state.families[name] = family }
            precondition(family.kind == kind, "a metric name has one kind")
            var key = PrometheusText.labels(labels)
            if family.series[key] == nil, !labels.isEmpty, family.series.count >= Self.maximumSeries - 1 {
                key = PrometheusText.labels(labels.map { ($0.0, "other") })
            }
            if let existing = family.series[key] { return existing }
            let made = make()
            family.series[key] = made
            return made
        }
    }

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`
    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: ":"):
                true
            default: false
            }
        }
    }
}
