internal import CRDKafka

/// The headers of one record, borrowed from the caller's buffers for the length of one call: a flat run of bytes and the ranges of
/// names (UTF-8) and values in it. Order and repeated names are kept.
public struct HeaderBlock {
    public let bytes: UnsafeRawBufferPointer
    public let ranges: UnsafeBufferPointer<HeaderRange>

    @inlinable
    public init(bytes: UnsafeRawBufferPointer, ranges: UnsafeBufferPointer<HeaderRange>) {
        self.bytes = bytes
        self.ranges = ranges
    }

    /// No headers.
    @inlinable public static var empty: HeaderBlock {
        HeaderBlock(bytes: UnsafeRawBufferPointer(start: nil, count: 0), ranges: UnsafeBufferPointer(start: nil, count: 0))
    }

    /// Copies the headers into an object of librdkafka, to be given to `rd_kafka_produceva` or destroyed.
    ///
    /// Returns nil when a range does not lie within the bytes.
    func makeList() -> OpaquePointer? {
        guard let list = rd_kafka_headers_new(ranges.count) else { return nil }
        for range in ranges {
            guard let name = address(range.nameStart, range.nameCount),
                let value = range.valueCount < 0 ? .some(nil) : address(range.valueStart, range.valueCount).map({ Optional($0) }),
                rd_kafka_header_add(list, name, range.nameCount, value, max(0, range.valueCount)) == RD_KAFKA_RESP_ERR_NO_ERROR
            else {
                rd_kafka_headers_destroy(list)
                return nil
            }
        }
        return list
    }

    /// The address of a range that lies within the bytes; for an empty one any address, because librdkafka takes nil for null.
    @inline(__always)
    private func address(_ start: Int, _ count: Int) -> UnsafeRawPointer? {
        guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else { return nil }
        guard let base = bytes.baseAddress else { return EmptyBytes.address }
        return base + start
    }
}

extension HeaderBlock {
    /// Lends headers given as Swift values, for callers that are not in a hurry.
    public static func with<Result, Failure: Error>(
        _ headers: [(name: String, value: [UInt8]?)], _ body: (HeaderBlock) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var bytes: [UInt8] = []
        var ranges: [HeaderRange] = []
        for header in headers {
            let nameStart = bytes.count
            bytes.append(contentsOf: header.name.utf8)
            let valueStart = bytes.count
            bytes.append(contentsOf: header.value ?? [])
            ranges.append(
                HeaderRange(
                    nameStart: nameStart, nameCount: valueStart - nameStart,
                    valueStart: valueStart, valueCount: header.value?.count ?? -1))
        }
        // Two nested scopes of typed throws: the inner result is carried out as a value.
        let outcome: Swift.Result<Result, Failure> = bytes.withUnsafeBytes { bytes in
            ranges.withUnsafeBufferPointer { ranges in
                do throws(Failure) {
                    return .success(try body(HeaderBlock(bytes: bytes, ranges: ranges)))
                } catch {
                    return .failure(error)
                }
            }
        }
        return try outcome.get()
    }
}

/// An address for values of no bytes: librdkafka takes a null pointer for a missing value.
enum EmptyBytes {
    nonisolated(unsafe) static let mutableAddress = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
    static var address: UnsafeRawPointer { UnsafeRawPointer(mutableAddress) }
}
