import Foundation
import HTTPServer

/// A certificate that openssl makes, in a folder of its own that goes with this object.
final class TestCertificate {
    private let folder: URL

    var files: TLSFiles {
        TLSFiles(certificate: path("cert.pem"), key: path("key.pem"))
    }

    init(name: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("HTTPServerTests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try make(name: name)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ file: String) -> String {
        folder.appendingPathComponent(file).path
    }

    /// Puts another pair in place, key first.
    func make(name: String) throws {
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
            "/CN=\(name)", "-keyout", path("new-key.pem"), "-out", path("new-cert.pem"))
        for file in ["key.pem", "cert.pem"] {
            guard rename(path("new-\(file)"), path(file)) == 0 else { throw RawClientError(what: "rename", code: errno) }
        }
    }

    func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw RawClientError(what: "openssl", code: process.terminationStatus) }
    }
}
