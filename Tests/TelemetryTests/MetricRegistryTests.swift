import Foundation
import Telemetry
import Testing

@Suite struct MetricRegistryTests {
    @Test func `families are written by name with HELP and TYPE once, series by labels`() {
        let registry = MetricRegistry()
        registry.counter("b_events_total", help: "Events.", labels: [("topic", "orders")]).add(3)
        registry.counter("b_events_total", help: "Events.", labels: [("topic", "carts")]).add()
        registry.gauge("a_lag_bytes", help: "Lag.").set(1.5)
        #expect(
            registry.render() == """
                # HELP a_lag_bytes Lag.
                # TYPE a_lag_bytes gauge
                a_lag_bytes 1.5
                # HELP b_events_total Events.
                # TYPE b_events_total counter
                b_events_total{topic="carts"} 1
                b_events_total{topic="orders"} 3

                """)
    }

    @Test func `the same name and labels give the same object, in any order of the labels`() {
        let registry = MetricRegistry()
        let one = registry.counter("x_total", help: "X.", labels: [("a", "1"), ("b", "2")])
        #expect(registry.counter("x_total", help: "X.", labels: [("b", "2"), ("a", "1")]) === one)
        #expect(registry.counter("x_total", help: "X.", labels: [("b", "2"), ("a", "2")]) !== one)
        #expect(registry.gauge("y", help: "Y.") === registry.gauge("y", help: "Y."))
        #expect(registry.histogram("z", help: "Z.") === registry.histogram("z", help: "Z."))
    }

    @Test func `labels and help are escaped`() {
        let registry = MetricRegistry()
        registry.gauge("g", help: "Two\nlines \\ here.", labels: [("l", "a\"b\\c\nd")]).set(1)
        #expect(registry.render() == "# HELP g Two\\nlines \\\\ here.\n# TYPE g gauge\ng{l=\"a\\\"b\\\\c\\nd\"} 1\n")
    }

    @Test(arguments: [
        (0.0, "0"), (1, "1"), (-3, "-3"), (0.25, "0.25"), (1e21, "1e+21"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
        (.nan, "NaN"), (4_503_599_627_370_497, "4503599627370497"),
    ])
    func `numbers are written as Prometheus reads them`(value: Double, written: String) {
        let registry = MetricRegistry()
        registry.gauge("g", help: "G.").set(value)
        #expect(registry.render().hasSuffix("\ng \(written)\n"))
    }

    @Test func `collectors run before each rendering and may ask the registry for instruments`() {
        let registry = MetricRegistry()
        registry.onCollect { [weak registry] in
            registry?.gauge("runs", help: "Runs.").add(1)
        }
        #expect(registry.render().hasSuffix("\nruns 1\n"))
        #expect(registry.render().hasSuffix("\nruns 2\n"))
    }

    @Test func `a sampled metric is read at each rendering`() {
        let registry = MetricRegistry()
        let source = MetricRegistry().counter("source_total", help: "Source.")
        registry.sampledCounter("s_total", help: "S.") {
            source.add()
            return Double(source.value)
        }
        #expect(registry.render().hasSuffix("s_total 1\n"))
        #expect(registry.render().hasSuffix("s_total 2\n"))
    }

    @Test func `labels from outside cannot grow a family without bound`() {
        let registry = MetricRegistry()
        for index in 0..<(MetricRegistry.maximumSeries * 2) {
            registry.counter("x_total", help: "X.", labels: [("topic", "t\(index)")]).add()
        }
        let text = registry.render()
        #expect(text.split(separator: "\n").count == MetricRegistry.maximumSeries + 2)
        #expect(text.contains("x_total{topic=\"other\"} \(MetricRegistry.maximumSeries + 1)\n"))
        #expect(registry.counter("x_total", help: "X.", labels: [("topic", "t0")]).value == 1)
    }

    @Test func `counts are exact while many threads add and one renders`() {
        let registry = MetricRegistry()
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            let counter = registry.counter("x_total", help: "X.")
            let gauge = registry.gauge("g", help: "G.")
            let histogram = registry.histogram("h_seconds", help: "H.", buckets: [1, 2])
            for _ in 0..<5000 {
                counter.add(2)
                gauge.add(thread.isMultiple(of: 2) ? 1 : -1)
                histogram.observe(1.5, count: 3)
            }
            _ = registry.render()
        }
        #expect(registry.counter("x_total", help: "X.").value == 80_000)
        #expect(registry.gauge("g", help: "G.").value == 0)
        let histogram = registry.histogram("h_seconds", help: "H.", buckets: [1, 2])
        #expect(histogram.count == 120_000)
        #expect(histogram.sum == 180_000)
    }

    @Test func `a counter never falls`() {
        let counter = MetricRegistry().counter("x_total", help: "X.")
        counter.add(5)
        counter.add(0)
        counter.add(-3)
        #expect(counter.value == 5)
    }

    @Test func `the metrics of the process are those of proc`() throws {
        let registry = MetricRegistry()
        ProcessMetrics.register(in: registry)
        var values: [String: Double] = [:]
        for line in registry.render().split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: " ")
            values[String(parts[0])] = Double(parts[1])
        }
        #expect(try #require(values["process_resident_memory_bytes"]) > 1_000_000)
        #expect(try #require(values["process_cpu_seconds_total"]) > 0)
        #expect(try #require(values["process_open_fds"]) >= 3)
        #expect(try #require(values["process_max_fds"]) > 3)
        let start = try #require(values["process_start_time_seconds"])
        #expect(start < Date().timeIntervalSince1970 + 1)
        #expect(start > Date().timeIntervalSince1970 - 86_400)
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool"), "promtool is not installed"))
    func `promtool finds nothing to complain about`() throws {
        let registry = MetricRegistry()
        ProcessMetrics.register(in: registry)
        registry.counter("outbox_relay_events_total", help: "Events.", labels: [("topic", "a\"\\\nü")]).add(2)
        registry.gauge("outbox_relay_in_flight_events", help: "In flight.").set(.infinity)
        let histogram = registry.histogram("outbox_relay_delivery_seconds", help: "Delivery.")
        for value in [0, 0.0007, 0.003, 0.1, 7, 1000] {
            histogram.observe(value)
        }
        let promtool = Process()
        promtool.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        promtool.arguments = ["check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        promtool.standardInput = input
        promtool.standardOutput = output
        promtool.standardError = output
        try promtool.run()
        try input.fileHandleForWriting.write(contentsOf: Data(registry.render().utf8))
        try input.fileHandleForWriting.close()
        let complaints = try output.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) } ?? ""
        promtool.waitUntilExit()
        #expect(complaints == "")
        #expect(promtool.terminationStatus == 0)
    }
}
