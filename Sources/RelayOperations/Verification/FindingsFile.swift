import CommandLineKit
import Glibc

/// A file of findings, one JSON document a line, written as they are found. One thread's.
final class FindingsFile {
    private let path: String
    private var file: UnsafeMutablePointer<FILE>?

    init(_ path: String) throws(OperationError) {
        self.path = path
        file = fopen(path, "we")
        guard file != nil else { throw OperationError("\(path) cannot be written: \(String(cString: strerror(errno)))") }
    }

    deinit { if let file { fclose(file) } }

    func write(_ finding: VerificationFinding) {
        if let file { fputs(finding.json.render() + "\n", file) }
    }

    /// Throws when something did not reach the disk.
    func close() throws(OperationError) {
        guard let file else { return }
        self.file = nil
        let isBroken = ferror(file) != 0
        guard fclose(file) == 0, !isBroken else {
            throw OperationError("\(path) could not be written: \(String(cString: strerror(errno)))")
        }
    }
}
