import COpenSSL

/// A certificate or key that cannot be used.
public struct TLSError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file, or what was done when it is none of a file.
    public let subject: String
    /// OpenSSL's words.
    public let reason: String

    public var description: String {
        "cannot use \(subject): \(reason)"
    }

    /// With the oldest error in OpenSSL's queue of this thread, which tells most, and empties the queue.
    static func last(_ subject: String) -> TLSError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return TLSError(subject: subject, reason: "unknown reason") }
        var text = [CChar](repeating: 0, count: 256)
        ERR_error_string_n(code, &text, text.count)
        let whole = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        // As in error:05800074:x509 certificate routines::key values mismatch
        return TLSError(subject: subject, reason: whole.split(separator: ":").last.map(String.init) ?? whole)
    }
}
