internal import Glibc

/// The terminal behind a file descriptor, or the lack of one.
public enum Terminal {
    /// Whether somebody watches: the descriptor is a terminal that can rewrite a line.
    public static func isInteractive(_ descriptor: Int32) -> Bool {
        guard isatty(descriptor) == 1 else { return false }
        guard let term = environment("TERM") else { return true }
        return term != "dumb"
    }

    /// Columns of the terminal; `COLUMNS` or 80 when it is none.
    public static func width(_ descriptor: Int32) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        if let text = environment("COLUMNS"), let columns = Int(text), (20...1000).contains(columns) { return columns }
        return 80
    }

    /// Whether colours may be used: on a terminal, unless `NO_COLOR` is set (https://no-color.org).
    public static func hasColors(_ descriptor: Int32) -> Bool {
        isInteractive(descriptor) && (environment("NO_COLOR") ?? "").isEmpty
    }

    /// Writes all of `text`, going on after interruptions.
    /// - Returns: false when the other end is gone or the descriptor is broken.
    public static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
                if count > 0 {
                    done += count
                } else if errno == EAGAIN {
                    var target = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    _ = poll(&target, 1, -1)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }

    /// Writes to standard output; a reader that is gone is no error.
    public static func print(_ text: String) {
        _ = write(text, to: STDOUT_FILENO)
    }

    /// Writes to standard error.
    public static func printError(_ text: String) {
        _ = write(text, to: STDERR_FILENO)
    }

    private static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
