extension Int64 {
    /// The sum, or the nearest number that there is: no payload stops the process, and Postgres refuses what does not fit its column.
    func plus(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        guard overflows else { return sum }
        return other > 0 ? .max : .min
    }
}
