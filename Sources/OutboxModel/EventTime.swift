internal import ByteCoding

/// A moment in UTC with microseconds, of the years 1 to 9999, which are those that ISO 8601 writes with four digits.
struct EventTime: Equatable {
    let date: CivilDate
    /// Microseconds since midnight.
    let microsecond: Int

    private static let microsecondsPerDay = 86_400_000_000
    private static let earliest = -62_135_596_800_000_000
    private static let latest = 253_402_300_799_999_999

    /// From Unix time; a time outside of the years 1 to 9999 becomes the nearest one inside.
    init(unixMicroseconds time: Int64) {
        self.init(inRange: min(max(Int(time), Self.earliest), Self.latest))
    }

    private init(date: CivilDate, microsecond: Int) {
        self.date = date
        self.microsecond = microsecond
    }

    private init(inRange time: Int) {
        var days = time / Self.microsecondsPerDay
        var rest = time % Self.microsecondsPerDay
        if rest < 0 {
            days -= 1
            rest += Self.microsecondsPerDay
        }
        date = CivilDate(daysSinceEpoch: days)
        microsecond = rest
    }

    /// Reads a timestamp as Postgres prints it with datestyle ISO: `2026-01-02 03:04:05.123456+00`. The fraction has 0 to
    /// 6 digits; the offset may have minutes and seconds, and without one the time is UTC. The date and the time may also
    /// be joined by a T.
    ///
    /// `nil` for everything else, also for infinity, years BC and years beyond 9999. `range` must be inside.
    init?(postgresText bytes: RawSpan, in range: Range<Int>) {
        let start = range.lowerBound
        let end = range.upperBound
        guard end &- start >= 19,
            let century = Self.twoDigits(bytes, at: start), let yearOfCentury = Self.twoDigits(bytes, at: start &+ 2),
            bytes.byte(start &+ 4) == UInt8(ascii: "-"),
            let month = Self.twoDigits(bytes, at: start &+ 5), (1...12).contains(month),
            bytes.byte(start &+ 7) == UInt8(ascii: "-"),
            let day = Self.twoDigits(bytes, at: start &+ 8), day >= 1,
            bytes.byte(start &+ 10) == UInt8(ascii: " ") || bytes.byte(start &+ 10) == UInt8(ascii: "T"),
            let hour = Self.twoDigits(bytes, at: start &+ 11), hour < 24,
            bytes.byte(start &+ 13) == UInt8(ascii: ":"),
            let minute = Self.twoDigits(bytes, at: start &+ 14), minute < 60,
            bytes.byte(start &+ 16) == UInt8(ascii: ":"),
            let second = Self.twoDigits(bytes, at: start &+ 17), second < 60
        else { return nil }
        let year = century * 100 + yearOfCentury
        guard year >= 1, day <= CivilDate.length(ofMonth: month, in: year) else { return nil }
        var offset = start &+ 19
        guard let fraction = Self.fraction(bytes, at: &offset, end: end),
            let zone = Self.zone(bytes, at: offset, end: end)
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        let microsecond = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
        if zone == 0 {
            self.init(date: date, microsecond: microsecond)
        } else {
            let time = date.daysSinceEpoch * Self.microsecondsPerDay + microsecond - zone * 1_000_000
            guard time >= Self.earliest, time <= Self.latest else { return nil }
            self.init(inRange: time)
        }
    }

    /// Appends `2026-01-02T03:04:05.123456Z`.
    func append(to buffer: inout ByteBuffer) {
        let seconds = microsecond / 1_000_000
        let fraction = microsecond % 1_000_000
        unsafe buffer.appendUninitialized(capacity: 27) { target in
            func put(_ value: Int, at offset: Int) {
                let pair = UInt16(truncatingIfNeeded: value / 10 | (value % 10) << 8) | 0x3030
                unsafe target.storeBytes(of: pair.littleEndian, toByteOffset: offset, as: UInt16.self)
            }
            func put(_ separator: UInt8, at offset: Int) {
                unsafe target.storeBytes(of: separator, toByteOffset: offset, as: UInt8.self)
            }
            put(date.year / 100, at: 0)
            put(date.year % 100, at: 2)
            put(UInt8(ascii: "-"), at: 4)
            put(date.month, at: 5)
            put(UInt8(ascii: "-"), at: 7)
            put(date.day, at: 8)
            put(UInt8(ascii: "T"), at: 10)
            put(seconds / 3600, at: 11)
            put(UInt8(ascii: ":"), at: 13)
            put(seconds / 60 % 60, at: 14)
            put(UInt8(ascii: ":"), at: 16)
            put(seconds % 60, at: 17)
            put(UInt8(ascii: "."), at: 19)
            put(fraction / 10_000, at: 20)
            put(fraction / 100 % 100, at: 22)
            put(fraction % 100, at: 24)
            put(UInt8(ascii: "Z"), at: 26)
            return 27
        }
    }

    @inline(__always)
    private static func twoDigits(_ bytes: RawSpan, at offset: Int) -> Int? {
        let high = bytes.byte(offset) &- UInt8(ascii: "0")
        let low = bytes.byte(offset &+ 1) &- UInt8(ascii: "0")
        return high < 10 && low < 10 ? Int(high) * 10 + Int(low) : nil
    }

    /// The fraction of a second in microseconds, 0 when there is none.
    private static func fraction(_ bytes: RawSpan, at offset: inout Int, end: Int) -> Int? {
        guard offset < end, bytes.byte(offset) == UInt8(ascii: ".") else { return 0 }
        offset &+= 1
        var value = 0
        var scale = 1_000_000
        while offset < end, bytes.byte(offset) &- UInt8(ascii: "0") < 10 {
            guard scale > 1 else { return nil }
            scale /= 10
            value += Int(bytes.byte(offset) &- UInt8(ascii: "0")) * scale
            offset &+= 1
        }
        return scale == 1_000_000 ? nil : value
    }

    /// The offset from UTC in seconds: nothing, `Z`, or a sign and hours with optional minutes and seconds.
    private static func zone(_ bytes: RawSpan, at start: Int, end: Int) -> Int? {
        if start == end { return 0 }
        let sign = bytes.byte(start)
        if sign == UInt8(ascii: "Z") { return end &- start == 1 ? 0 : nil }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), end &- start >= 3,
            let hours = twoDigits(bytes, at: start &+ 1), hours < 16
        else { return nil }
        var seconds = hours * 3600
        var offset = start &+ 3
        for unit in [60, 1] where offset < end {
            guard end &- offset >= 3, bytes.byte(offset) == UInt8(ascii: ":"),
                let value = twoDigits(bytes, at: offset &+ 1), value < 60
            else { return nil }
            seconds += value * unit
            offset &+= 3
        }
        guard offset == end else { return nil }
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }
}
