import Glibc
import ServiceRuntime
import Testing

@Suite struct WakeUpTests {
    @Test func `signals before a drain are one wake-up`() throws {
        let event = try EventFD()
        #expect(!event.drain())
        event.signal()
        event.signal()
        #expect(try waitReadable([PollTarget(event.fileDescriptor)], timeoutMilliseconds: -1) == [.readable])
        #expect(event.drain())
        #expect(!event.drain())
        #expect(try waitReadable([PollTarget(event.fileDescriptor)], timeoutMilliseconds: 0) == [[]])
    }

    @Test func `a wait names the ready descriptor by its place and passes over absent ones`() throws {
        let quiet = try EventFD()
        let loud = try EventFD()
        loud.signal()
        let targets = [
            PollTarget(-1), PollTarget(quiet.fileDescriptor), PollTarget(loud.fileDescriptor, [.readable, .writable]),
        ]
        #expect(try waitReadable(targets, timeoutMilliseconds: 1000) == [[], [], [.readable, .writable]])
    }

    @Test func `a wait ends when its time is over and not before`() throws {
        let event = try EventFD()
        let start = MonotonicTime.now()
        #expect(try waitReadable([PollTarget(event.fileDescriptor)], timeoutMilliseconds: 20) == [[]])
        #expect(MonotonicTime.now() - start >= 20_000_000)
    }

    @Test func `the other end's going away is found without being asked for`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        close(ends[1])
        defer { close(ends[0]) }
        #expect(try waitReadable([PollTarget(ends[0])], timeoutMilliseconds: -1)[0].contains(.failed))
    }

    @Test func `an error tells the call and the reason`() {
        #expect(SystemError(code: ENOENT, call: "open").description == "open: No such file or directory")
        #expect(SystemError(code: 99_999, call: "x").description.hasPrefix("x: "))
    }

    @Test func `the clocks run and have the units they promise`() {
        let before = MonotonicTime.now()
        #expect(MonotonicTime.now() >= before)
        #expect(abs(MonotonicTime.wallClockMicroseconds() / 1_000_000 - Int64(time(nil))) <= 1)
    }
}
