import Telemetry
import Testing

@Suite struct HistogramTests {
    private func histogram(_ buckets: [Double]) -> Histogram {
        MetricRegistry().histogram("h_seconds", help: "H.", buckets: buckets)
    }

    @Test func `buckets are cumulative, their bounds inclusive, the rest under +Inf`() {
        let registry = MetricRegistry()
        let histogram = registry.histogram("h_seconds", help: "H.", buckets: [0.5, 1, 2], labels: [("topic", "a")])
        for value in [0.5, 0.25, 1, 1.5, 2, 2.5] {
            histogram.observe(value)
        }
        #expect(
            registry.render() == """
                # HELP h_seconds H.
                # TYPE h_seconds histogram
                h_seconds_bucket{topic="a",le="0.5"} 2
                h_seconds_bucket{topic="a",le="1"} 3
                h_seconds_bucket{topic="a",le="2"} 5
                h_seconds_bucket{topic="a",le="+Inf"} 6
                h_seconds_sum{topic="a"} 7.75
                h_seconds_count{topic="a"} 6

                """)
    }

    @Test func `bounds are sorted, made unique and finite`() {
        #expect(histogram([2, 1, .infinity, 2, .nan, 0.5]).bounds == [0.5, 1, 2])
        #expect(MetricRegistry().histogram("h_seconds", help: "H.").bounds.count == 16)
    }

    @Test func `what makes no sense is not counted, and a clock that went back counts as zero`() {
        let histogram = histogram([1])
        histogram.observe(.nan)
        histogram.observe(0.5, count: 0)
        histogram.observe(0.5, count: -2)
        #expect(histogram.count == 0)
        histogram.observe(-4)
        #expect(histogram.count == 1)
        #expect(histogram.sum == 0)
    }

    /// Eight observations: six between 1 and 2, two between 2 and 4.
    @Test(arguments: [(0.0, 1.0), (0.375, 1.5), (0.75, 2), (0.875, 3), (1, 4), (-1, 1), (2, 4)])
    func `a quantile is interpolated inside its bucket`(q: Double, expected: Double) {
        let histogram = histogram([1, 2, 4])
        histogram.observe(1.5, count: 6)
        histogram.observe(3, count: 2)
        #expect(histogram.quantile(q) == expected)
    }

    @Test func `a quantile of nothing is nil, one beyond the bounds is the highest bound`() {
        let histogram = histogram([1, 2])
        #expect(histogram.quantile(0.5) == nil)
        histogram.observe(100)
        #expect(histogram.quantile(0.5) == 2)
        #expect(histogram.quantile(7) == 2)
        #expect(histogram.quantile(.nan) == nil)
    }

    @Test func `two snapshots tell what happened between them`() {
        let histogram = histogram([1, 2])
        histogram.observe(0.5, count: 10)
        let before = histogram.snapshot()
        histogram.observe(1.5, count: 4)
        let between = histogram.snapshot().since(before)
        #expect(between.counts == [0, 4, 0])
        #expect(between.count == 4)
        #expect(between.sum == 6)
        #expect(between.quantile(0.5) == 1.5)
    }
}
