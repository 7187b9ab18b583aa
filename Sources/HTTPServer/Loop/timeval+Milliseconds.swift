import Glibc

extension timeval {
    /// At least one millisecond.
    init(milliseconds: Int) {
        let milliseconds = max(1, milliseconds)
        self.init(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
    }
}
