import Glibc
import ServiceRuntime
import Testing

@Suite struct ServiceManagerTests {
    @Test(arguments: [
        [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "@"], ["NOTIFY_SOCKET": "relative"],
        ["NOTIFY_SOCKET": "/" + String(repeating: "a", count: 107)],
    ])
    func `without a socket to speak to there is no manager`(environment: [String: String]) {
        #expect(ServiceManager(environment: environment) == nil)
    }

    @Test(
        arguments: [
            (["WATCHDOG_USEC": "30000000"], 30_000_000),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "\(getpid())"], 30_000_000),
            (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"], nil), (["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "x"], nil),
            (["WATCHDOG_USEC": "0"], nil), (["WATCHDOG_USEC": "soon"], nil), ([:], nil),
        ] as [([String: String], Int64?)])
    func `the watchdog counts only when it is meant for this process`(environment: [String: String], interval: Int64?) throws {
        let all = environment.merging(["NOTIFY_SOCKET": "/nowhere"]) { $1 }
        #expect(try #require(ServiceManager(environment: all)).watchdogIntervalMicroseconds == interval)
    }

    @Test(arguments: [false, true])
    func `a state arrives as one datagram, by path and by abstract name`(abstract: Bool) throws {
        let name = "/tmp/notify-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        defer {
            close(receiver)
            unlink(name)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0[(abstract ? 1 : 0)...].copyBytes(from: name.utf8) }
        let length = socklen_t(2 + name.utf8.count + 1)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(receiver, $0, length) }
        }
        try #require(bound == 0)
        let manager = try #require(ServiceManager(environment: ["NOTIFY_SOCKET": abstract ? "@" + name : name]))
        #expect(manager.notify("READY=1\nSTATUS=streaming"))
        var bytes = [UInt8](repeating: 0, count: 100)
        let count = recv(receiver, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "READY=1\nSTATUS=streaming")
    }

    @Test func `a socket that nobody reads is reported, not fatal`() throws {
        #expect(try !#require(ServiceManager(environment: ["NOTIFY_SOCKET": "/nowhere/notify"])).notify("READY=1"))
    }
}
