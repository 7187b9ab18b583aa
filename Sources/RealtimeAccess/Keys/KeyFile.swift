internal import Glibc

/// A small file of keys, read whole, with the stamp that it had before it was read.
struct KeyFile {
    let bytes: [UInt8]
    let stamp: FileStamp

    /// Larger files are taken for a mistake.
    static let maximumBytes = 1 << 20

    init(path: String) throws(KeyProblem) {
        // A pipe in its place would keep the caller waiting for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw KeyProblem("the key file cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard let stamp = FileStamp.of(descriptor: descriptor) else { throw KeyProblem("the key file cannot be looked at") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16384)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw KeyProblem("the key file cannot be read: \(String(cString: strerror(errno)))") }
            if count == 0 { break }
            bytes += chunk[..<count]
            guard bytes.count <= Self.maximumBytes else {
                throw KeyProblem("the key file is larger than \(Self.maximumBytes) bytes")
            }
        }
        self.bytes = bytes
        self.stamp = stamp
    }
}
