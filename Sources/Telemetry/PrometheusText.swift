/// Writes the Prometheus text exposition format 0.0.4.
struct PrometheusText {
    private(set) var text = ""

    /// Writes HELP, TYPE and every series of a family, in the order of their labels.
    mutating func write(_ family: MetricFamily) {
        text += "# HELP \(family.name) \(Self.escapedHelp(family.help))\n# TYPE \(family.name) \(family.kind.rawValue)\n"
        for labels in family.series.keys.sorted() {
            switch family.series[labels] {
            case .counter(let counter): sample(family.name, labels, String(counter.value))
            case .gauge(let gauge): sample(family.name, labels, Self.number(gauge.value))
            case .sampled(let read): sample(family.name, labels, Self.number(read()))
            case .histogram(let histogram): write(histogram.snapshot(), family.name, labels)
            case nil: break
            }
        }
    }

    private mutating func write(_ snapshot: HistogramSnapshot, _ name: String, _ labels: String) {
        let prefix = labels.isEmpty ? "" : labels + ","
        var cumulative = 0
        for (bound, count) in zip(snapshot.bounds, snapshot.counts) {
            cumulative += count
            sample(name + "_bucket", "\(prefix)le=\"\(Self.number(bound))\"", String(cumulative))
        }
        // The total is counted from the same reading as the buckets, so that they agree while others observe.
        let total = String(snapshot.count)
        sample(name + "_bucket", prefix + "le=\"+Inf\"", total)
        sample(name + "_sum", labels, Self.number(snapshot.sum))
        sample(name + "_count", labels, total)
    }

    private mutating func sample(_ name: String, _ labels: String, _ value: String) {
        text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    static func labels(_ labels: [(String, String)]) -> String {
        labels.sorted { $0.0 < $1.0 }.map { "\($0.0)=\"\(escapedLabel($0.1))\"" }.joined(separator: ",")
    }

    private static func escapedLabel(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func escapedHelp(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
