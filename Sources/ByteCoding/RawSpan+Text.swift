extension RawSpan {
    /// The bytes of `range` as text, `nil` when they are not UTF-8 or the range is not inside.
    public func text(in range: Range<Int>) -> String? {
        guard range.lowerBound >= 0, range.upperBound <= byteCount else { return nil }
        return unsafe withUnsafeBytes { whole in
            unsafe String(validating: UnsafeRawBufferPointer(rebasing: whole[range]), as: UTF8.self)
        }
    }
}
