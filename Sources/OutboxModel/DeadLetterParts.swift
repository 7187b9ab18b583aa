/// Which parts of a rejected row its dead letter carries; those that do not fit are dropped one by one.
struct DeadLetterParts {
    private(set) var hasValue = true
    private(set) var hasRowHeaders = true
    private(set) var hasKey = true

    /// Leaves one more part out; false when all are left out.
    mutating func dropNext() -> Bool {
        if hasValue {
            hasValue = false
        } else if hasRowHeaders {
            hasRowHeaders = false
        } else if hasKey {
            hasKey = false
        } else {
            return false
        }
        return true
    }
}
