import RelayOperations
import Testing

struct QuantityTests {
    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-1_000, "-1,000")])
    func `counts are grouped`(number: Int, text: String) {
        #expect(Quantity.count(number) == text)
    }

    @Test(arguments: [
        (0, "0 B"), (1_023, "1023 B"), (1_024, "1.0 KiB"), (1_048_576, "1.0 MiB"), (1_610_612_736, "1.5 GiB"),
        (-2_048, "-2.0 KiB"),
        (Int.max, "8192.0 PiB"),
    ])
    func `bytes get the unit that fits`(number: Int, text: String) {
        #expect(Quantity.bytes(number) == text)
    }

    @Test(arguments: [
        (0, "0.0 ms"), (0.0012, "1.2 ms"), (0.5, "500 ms"), (3.21, "3.2 s"), (59, "59 s"), (300, "5 min"), (7_800, "2 h 10 min"),
        (273_600, "3 d 4 h"), (-1, "0.0 ms"),
    ])
    func `durations get the units that fit`(seconds: Double, text: String) {
        #expect(Quantity.duration(seconds: seconds) == text)
    }

    @Test func `decimals are rounded and padded`() {
        #expect(Quantity.decimal(1.005, digits: 1) == "1.0")
        #expect(Quantity.decimal(-0.04, digits: 1) == "0.0")
        #expect(Quantity.decimal(2.5, digits: 3) == "2.500")
    }
}
