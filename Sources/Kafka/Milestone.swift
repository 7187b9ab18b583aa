internal import Glibc
internal import ServiceRuntime

/// Lets threads wait until a condition holds that another thread brings about.
final class Milestone: Sendable {
    nonisolated(unsafe) private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    nonisolated(unsafe) private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// To be called after every change that may make the condition true.
    func announce() {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until `isReached` returns true or the time is over; returns what it returned last.
    func wait(timeoutMilliseconds: Int, _ isReached: () -> Bool) -> Bool {
        let deadline = MonotonicTime.now() + Int64(max(0, min(timeoutMilliseconds, 1 << 40))) * 1_000_000
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isReached() {
            if pthread_cond_timedwait(changed, mutex, &time) == ETIMEDOUT { return isReached() }
        }
        return true
    }
}
