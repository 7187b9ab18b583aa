/// Numbers as people read them.
package enum Quantity {
    /// "1,234,567".
    package static func count(_ number: some BinaryInteger) -> String {
        let digits = String(Int64(clamping: number).magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// "512 B", "12.3 MiB": powers of 1024.
    package static func bytes(_ number: some BinaryInteger) -> String {
        let value = Double(Int64(clamping: number))
        guard abs(value) >= 1024 else { return "\(Int64(clamping: number)) B" }
        var scaled = value
        var unit = 0
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
        while abs(scaled) >= 1024, unit < units.count - 1 {
            scaled /= 1024
            unit += 1
        }
        return "\(decimal(scaled, digits: 1)) \(units[unit])"
    }

    /// "0.4 ms", "3.2 s", "5 min", "2 h 10 min", "3 d 4 h".
    package static func duration(seconds: Double) -> String {
        let value = max(0, seconds)
        if value < 1 { return "\(decimal(value * 1_000, digits: value < 0.1 ? 1 : 0)) ms" }
        if value < 120 { return "\(decimal(value, digits: value < 10 ? 1 : 0)) s" }
        let minutes = Int64(min(value / 60, 1e12))
        if minutes < 120 { return "\(minutes) min" }
        if minutes < 48 * 60 { return "\(minutes / 60) h \(minutes % 60) min" }
        return "\(minutes / 1_440) d \(minutes % 1_440 / 60) h"
    }

    /// Rounded half up, with exactly `digits` digits behind the point.
    package static func decimal(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        var factor: Int64 = 1
        for _ in 0..<digits { factor *= 10 }
        let scaled = Int64((abs(value) * Double(factor)).rounded())
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return sign + String(scaled) }
        let fraction = String(scaled % factor)
        return sign + "\(scaled / factor)." + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
    }
}
