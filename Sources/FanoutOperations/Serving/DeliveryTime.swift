/// How long an event was on its way. Pure.
package enum DeliveryTime {
    /// - Parameter recordMilliseconds: since 1970, as the record's producer wrote it: any number at all.
    package static func seconds(recordMilliseconds: Int64, nowMicroseconds: Int64) -> Double {
        (Double(nowMicroseconds) / 1_000 - Double(recordMilliseconds)) / 1_000
    }
}
