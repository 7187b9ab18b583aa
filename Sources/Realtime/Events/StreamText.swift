/// Writes the text of an event stream (server-sent events). Whatever the data is, it stays inside of its own message.
enum StreamText {
    /// One message with a blank line behind it.
    /// - name: nil for an unnamed one.
    /// - id: becomes the client's Last-Event-ID.
    /// - data: every line of it gets a field of its own; a line ends at CR, LF or both.
    static func message(name: String? = nil, id: String?, data: some Collection<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.count + 96)
        if let name { field("event: ", name.utf8, to: &bytes) }
        if let id { field("id: ", id.utf8, to: &bytes) }
        bytes.append(contentsOf: "data: ".utf8)
        var follows = false
        for byte in data {
            if follows, byte == UInt8(ascii: "\n") {
                follows = false
                continue
            }
            follows = byte == UInt8(ascii: "\r")
            if follows || byte == UInt8(ascii: "\n") {
                bytes.append(contentsOf: "\ndata: ".utf8)
            } else {
                bytes.append(byte)
            }
        }
        bytes.append(contentsOf: "\n\n".utf8)
        return bytes
    }

    /// How long the client is to wait before it connects again.
    static func retry(milliseconds: Int) -> [UInt8] { Array("retry: \(milliseconds)\n\n".utf8) }

    /// A sign of life that no page sees. With a cursor it also moves the client's Last-Event-ID on: a message without data is not
    /// dispatched, but its id is kept, so that somebody who gets no events for hours resumes from where the server is.
    static func ping(cursor: String?) -> [UInt8] {
        Array((cursor.map { ": ping\nid: \($0)\n\n" } ?? ": ping\n\n").utf8)
    }

    private static func field(_ name: String, _ value: some Sequence<UInt8>, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: value)
        bytes.append(UInt8(ascii: "\n"))
    }
}
