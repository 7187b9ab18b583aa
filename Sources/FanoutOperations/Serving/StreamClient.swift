import HTTPServer
import Realtime

/// One client's connection, between its loop's hub and the server. Used on the loop's thread only.
///
/// The server keeps it until it has told it of the connection's end; the hub knows it no longer than that.
class StreamClient: ClientSocket, ClientStreamHandler {
    /// What a client may take to end its side of a connection that we have ended.
    private static let finishMilliseconds = 5_000

    final let stream: ClientStream
    unowned let runtime: LoopRuntime
    private let lease: UserTable.Lease?
    /// Set by `begin`, before anything can come.
    final var client: HubClient?

    init(_ stream: ClientStream, _ runtime: LoopRuntime, _ lease: UserTable.Lease?) {
        self.stream = stream
        self.runtime = runtime
        self.lease = lease
    }

    /// Registers the client; the head of the answer has been written.
    final func begin(_ opening: ClientOpening) {
        guard let hub = runtime.hub else { return stream.close() }
        client = hub.connect(opening, socket: self, now: runtime.now)
        runtime.settle()
    }

    // MARK: What the hub says

    final func write(_ bytes: UnsafeRawBufferPointer) -> Int { stream.write(bytes) }
    final func write(_ buffers: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Int { stream.write(buffers) }
    final func finish() { stream.finish(timeoutMilliseconds: Self.finishMilliseconds) }
    final func abort() { stream.close() }

    // MARK: What the server says

    /// Nobody who reads an event stream has anything to say.
    func stream(_ stream: ClientStream, received bytes: UnsafeRawBufferPointer) {}

    final func streamBecameWritable(_ stream: ClientStream) {
        guard let hub = runtime.hub, let client else { return }
        hub.becameWritable(client, now: runtime.now)
        runtime.settle()
    }

    final func streamEnded(_ stream: ClientStream, _ reason: StreamEnd) {
        guard let hub = runtime.hub, let client else { return }
        hub.disconnect(client)
        self.client = nil
    }
}
