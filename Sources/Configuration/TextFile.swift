internal import Glibc

/// Small text files, read whole.
enum TextFile {
    /// Why a file could not be used, as the end of a sentence that names the file.
    struct Failure: Error {
        let reason: String
    }

    /// Larger files are taken for a mistake (a device, a log).
    static let maximumBytes = 1 << 20

    /// The file's text without a byte order mark.
    static func read(_ path: String) throws(Failure) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(reason: systemReason()) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(reason: systemReason()) }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= maximumBytes else { throw Failure(reason: "is larger than \(maximumBytes) bytes") }
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Failure(reason: "is not UTF-8 text") }
        return text
    }

    private static func systemReason() -> String {
        "cannot be read: " + String(cString: strerror(errno))
    }
}
