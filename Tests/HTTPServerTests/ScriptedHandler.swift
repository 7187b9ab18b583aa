import HTTPServer

/// A stream's handler that does what a test wants, and logs everything.
final class ScriptedHandler: ClientStreamHandler {
    struct Script: Sendable {
        var open: @Sendable (ClientStream) -> Void = { _ in }
        var received: @Sendable (ClientStream, [UInt8]) -> Void = { _, _ in }
        var writable: @Sendable (ClientStream) -> Void = { _ in }
    }

    private let script: Script
    private let log: StreamLog

    init(_ script: Script, _ log: StreamLog) {
        self.script = script
        self.log = log
    }

    func stream(_ stream: ClientStream, received bytes: UnsafeRawBufferPointer) {
        log.add(.received(String(decoding: bytes, as: UTF8.self)))
        script.received(stream, Array(bytes))
    }

    func streamBecameWritable(_ stream: ClientStream) {
        log.add(.writable)
        script.writable(stream)
    }

    func streamEnded(_ stream: ClientStream, _ reason: StreamEnd) {
        log.add(.ended(reason))
    }
}

extension Router {
    /// A stream whose handler follows the script.
    mutating func stream(_ path: String, _ log: StreamLog, _ script: ScriptedHandler.Script = ScriptedHandler.Script()) {
        stream(path) { _, loop in
            .accept(head: .eventStream()) { stream in
                log.add(.opened(loop: loop.index))
                script.open(stream)
                return ScriptedHandler(script, log)
            }
        }
    }
}

extension ClientStream {
    @discardableResult
    func write(_ text: String) -> Int {
        Array(text.utf8).withUnsafeBytes { write($0) }
    }
}
