/// A client's connection, as its hub sees it. Used on the hub's thread only, and never calls back into the hub before it returns.
public protocol ClientSocket: AnyObject {
    /// Gives the bytes to the connection at once, as many as it takes, and returns their number. Fewer than all: the hub's
    /// `becameWritable` is to be called once there is room again. A broken connection may take all or nothing; its end is reported
    /// by the hub's `disconnect`.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int

    /// The same with several runs of bytes in one call to the system. At most 64.
    func write(_ buffers: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> Int

    /// Nothing more will be written: ends the connection in order, after what was written, within a time of its own.
    func finish()

    /// Ends the connection at once.
    func abort()
}
