internal import CJansson

/// A parsed JSON text (jansson). Immutable once parsed, so any thread may read it.
public final class JSONDocument: Sendable {
    nonisolated(unsafe) private let handle: UnsafeMutablePointer<json_t>

    /// Throws what is wrong and where; `what` names the text in that sentence. Numbers without a fraction must fit 64 bits.
    /// Of members of one name the last counts, or, with `refusingDuplicates`, they are an error.
    public init(
        _ bytes: some Collection<UInt8>, what: String = "the value", refusingDuplicates: Bool = false
    ) throws(PayloadError) {
        let flags = refusingDuplicates ? Self.flags | Int(JSON_REJECT_DUPLICATES) : Self.flags
        var problem = json_error_t()
        let parsed: UnsafeMutablePointer<json_t>?? = bytes.withContiguousStorageIfAvailable { buffer in
            buffer.withMemoryRebound(to: CChar.self) { json_loadb($0.baseAddress, $0.count, flags, &problem) }
        }
        guard
            let handle = parsed
                ?? Array(bytes).withUnsafeBytes({
                    json_loadb($0.bindMemory(to: CChar.self).baseAddress, $0.count, flags, &problem)
                })
        else {
            throw PayloadError("\(what) is no JSON document (byte \(problem.position))")
        }
        self.handle = handle
    }

    /// Any value is a document; a NUL in a string is refused by Postgres anyway, so it is allowed here and named there.
    private static let flags = Int(JSON_DECODE_ANY | JSON_ALLOW_NUL)

    deinit { json_decref(handle) }

    public var root: JSONView { JSONView(handle, in: self) }
}
