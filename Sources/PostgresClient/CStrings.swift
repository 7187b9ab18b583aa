import Glibc

/// A NULL-terminated array of C strings for the duration of `body`.
func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws(PostgresError) -> Value
) throws(PostgresError) -> Value {
    var copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    copies.append(nil)
    let pointers = copies.map { UnsafePointer($0) }
    let array = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: pointers.count)
    defer { array.deallocate() }
    array.initialize(from: pointers, count: pointers.count)
    return try body(array)
}

/// Pointers to NUL-terminated values, nil for NULL, for the duration of `body`. The values are not copied.
func withPointers<Value>(to values: [[UInt8]?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
    func collect(_ index: Int, _ pointers: inout [UnsafePointer<CChar>?]) -> Value {
        guard index < values.count else { return pointers.withUnsafeBufferPointer { body($0.baseAddress!) } }
        guard let value = values[index] else {
            pointers.append(nil)
            return collect(index + 1, &pointers)
        }
        return value.withUnsafeBufferPointer { buffer in
            pointers.append(UnsafeRawPointer(buffer.baseAddress!).assumingMemoryBound(to: CChar.self))
            return collect(index + 1, &pointers)
        }
    }
    var pointers: [UnsafePointer<CChar>?] = []
    pointers.reserveCapacity(values.count + 1)
    return collect(0, &pointers)
}
