import Glibc

/// Writes log lines to standard error, one write(2) a line, so that lines of several threads do not mix (up to PIPE_BUF
/// on a pipe).
///
/// A reader that went away costs the line and nothing else: SIGPIPE is held back for the length of the write and taken
/// off again, whatever the process does with that signal.
enum StandardErrorSink {
    static func write(_ line: [UInt8]) {
        var pipeSignal = sigset_t()
        var previous = sigset_t()
        sigemptyset(&pipeSignal)
        sigaddset(&pipeSignal, SIGPIPE)
        guard pthread_sigmask(SIG_BLOCK, &pipeSignal, &previous) == 0 else { return }
        let broken = line.withUnsafeBytes { writeAll($0) == EPIPE }
        if broken, sigismember(&previous, SIGPIPE) == 0 {
            var immediately = timespec()
            while sigtimedwait(&pipeSignal, nil, &immediately) == -1 && errno == EINTR {}
        }
        pthread_sigmask(SIG_SETMASK, &previous, nil)
    }

    /// Returns 0 or the errno that ended it. A standard error that would block loses the rest: the relay must not wait
    /// for a log reader that set the descriptor to non-blocking.
    private static func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        var offset = 0
        while offset < bytes.count {
            let written = Glibc.write(STDERR_FILENO, bytes.baseAddress?.advanced(by: offset), bytes.count - offset)
            if written >= 0 {
                offset += written
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
