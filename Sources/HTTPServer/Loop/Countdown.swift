import Glibc

/// Lets a thread wait until others have done their parts. A part is done when its object goes: also when the work that held
/// it is dropped instead of run.
final class Countdown: @unchecked Sendable {
    final class Part: Sendable {
        private let countdown: Countdown

        fileprivate init(_ countdown: Countdown) {
            self.countdown = countdown
        }

        deinit {
            sem_post(countdown.semaphore)
        }
    }

    private let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func makePart() -> Part {
        Part(self)
    }

    func wait(parts: Int) {
        for _ in 0..<parts {
            while sem_wait(semaphore) != 0 {}
        }
    }
}
