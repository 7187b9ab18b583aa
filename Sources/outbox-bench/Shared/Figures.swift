/// Numbers as a reader wants them.
enum Figures {
    /// 1234567 as "1,234,567".
    static func grouped(_ number: some BinaryInteger) -> String {
        var text = ""
        for (index, digit) in String(number).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3), digit != "-" { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }

    /// With a fixed number of digits after the point.
    static func decimal(_ number: Double, _ digits: Int) -> String {
        guard number.isFinite else { return "-" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((number.magnitude * scale).rounded())
        let whole = String(scaled / Int(scale))
        let sign = number < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + whole }
        let fraction = String(scaled % Int(scale))
        return sign + whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    static func rate(_ perSecond: Double) -> String { perSecond.isFinite ? grouped(Int(perSecond.rounded())) : "-" }

    static func mebibytes(_ bytes: Int) -> String { decimal(Double(bytes) / 1_048_576, 1) }

    /// Nanoseconds as milliseconds.
    static func milliseconds(_ nanoseconds: Int64) -> String { decimal(Double(nanoseconds) / 1_000_000, 2) }
}
