import Glibc
import ServiceRuntime

/// Waits for conditions of other processes, which cannot wake us: looks again and again until a deadline.
public enum Await {
    /// Returns whether `condition` became true within the time. Looks every few milliseconds.
    public static func until(seconds: Double, everyMilliseconds pause: Int32 = 10, _ condition: () throws -> Bool) rethrows
        -> Bool
    {
        let deadline = MonotonicTime.now() + Int64(seconds * 1_000_000_000)
        while true {
            if try condition() { return true }
            guard MonotonicTime.now() < deadline else { return false }
            poll(nil, 0, pause)
        }
    }

    /// The first value that is not nil; nil when there was none within the time.
    public static func value<Value>(
        seconds: Double, everyMilliseconds pause: Int32 = 10, _ body: () throws -> Value?
    ) rethrows -> Value? {
        var found: Value?
        _ = try until(seconds: seconds, everyMilliseconds: pause) {
            found = try body()
            return found != nil
        }
        return found
    }
}
