extension String {
    /// The place of the first occurrence of an ASCII text.
    func range(of mark: String) -> Range<String.Index>? {
        let mark = Array(mark.utf8)
        var start = utf8.startIndex
        while start < utf8.endIndex {
            if utf8[start...].starts(with: mark) { return start..<utf8.index(start, offsetBy: mark.count) }
            start = utf8.index(after: start)
        }
        return nil
    }

    func replacingFirst(_ mark: String, with other: String) -> String {
        guard let place = range(of: mark) else { return self }
        return self[..<place.lowerBound] + other + self[place.upperBound...]
    }
}
