/// Whether a request ends where everybody says that it ends.
///
/// A proxy that sees another end than we do forwards the rest as the beginning of somebody else's request (RFC 9112, 11.2). And
/// evhttp 2.1 sees others: it reads no body of HEAD and TRACE, so that what follows their head is the next request; of several
/// lengths it takes the first; it passes over a transfer coding that it does not know, and over a field whose name has a blank
/// behind it.
enum RequestFraming {
    static func isCertain(method: String, headers: [(name: String, value: String)]) -> Bool {
        var lengths: [String] = []
        var codings: [String] = []
        for (name, value) in headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return false }
            switch name.lowercased() {
            case "content-length": lengths.append(value)
            case "transfer-encoding": codings.append(value)
            default: break
            }
        }
        guard lengths.count + codings.count <= 1 else { return false }
        let isRead = method != "HEAD" && method != "TRACE"
        if let coding = codings.first { return isRead && coding.lowercased() == "chunked" }
        guard let length = lengths.first else { return true }
        let isNumber = length.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard !length.isEmpty, isNumber else { return false }
        return isRead || length.utf8.allSatisfy { $0 == UInt8(ascii: "0") }
    }
}
