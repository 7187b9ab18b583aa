import Glibc
import ServiceRuntime
import Testing

@Suite struct ChildProcessTests {
    @Test(
        arguments: [("exit 0", .exited(0)), ("exit 7", .exited(7)), ("kill -TERM $$", .signaled(SIGTERM))]
            as [(String, TerminationStatus)])
    func `the end is reported as it was`(script: String, status: TerminationStatus) throws {
        let child = try ChildProcess(ChildCommand("sh", ["-c", script]))
        #expect(child.wait() == status)
        #expect(child.wait() == status)
        #expect(!child.isRunning)
        child.signal(SIGKILL)
    }

    @Test func `a program that is not there is an error of the start`() {
        for name in ["no-such-program-here", "/no/such/program", "/etc/passwd"] {
            #expect(throws: SystemError.self) { _ = try ChildProcess(ChildCommand(name)) }
        }
    }

    @Test func `pipes carry both directions and the end of the input`() throws {
        var command = ChildCommand("cat")
        command.standardInput = .pipe
        command.standardOutput = .pipe
        let child = try ChildProcess(command)
        let input = try #require(child.standardInput)
        #expect(write(input, "hello\n", 6) == 6)
        var bytes = [UInt8](repeating: 0, count: 16)
        #expect(read(try #require(child.standardOutput), &bytes, 16) == 6)
        #expect(child.isRunning)
        child.closeStandardInput()
        #expect(child.standardInput == nil)
        #expect(child.wait() == .exited(0))
    }

    @Test func `environment, folder and streams are those of the command`() throws {
        var command = ChildCommand("sh", ["-c", "pwd; echo $COLOUR; echo $PATH | head -c 1; echo oops >&2; exit 3"])
        command.environment = ["COLOUR": "green"]
        command.workingDirectory = "/usr"
        let result = try CommandResult.of(command)
        #expect(result.output == "/usr\ngreen\n/")
        #expect(result.errors == "oops\n")
        #expect(result.status == .exited(3))
        #expect(!result.status.isSuccess)
    }

    @Test func `more output than a pipe holds is collected whole`() throws {
        let result = try CommandResult.of(ChildCommand("sh", ["-c", "seq 1 100000; seq 1 100000 >&2"]))
        #expect(result.output.utf8.count == 588_895)
        #expect(result.errors == result.output)
    }

    @Test func `a command that takes too long is killed`() throws {
        let result = try CommandResult.of(ChildCommand("sleep", ["1000"]), timeoutMilliseconds: 50)
        #expect(result.status == .signaled(SIGKILL))
    }

    @Test func `a child that ignores the request is killed after the grace`() throws {
        var command = ChildCommand("sh", ["-c", "trap '' TERM; echo ready; while :; do sleep 0.01; done"])
        command.standardOutput = .pipe
        let child = try ChildProcess(command)
        var byte: UInt8 = 0
        #expect(read(try #require(child.standardOutput), &byte, 1) == 1)
        #expect(child.terminate(graceMilliseconds: 50) == .signaled(SIGKILL))
    }

    @Test func `the last reference ends the child`() throws {
        let pid = try ChildProcess(ChildCommand("sleep", ["1000"])).pid
        #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }

    @Test func `the child has default signals, a group of its own and no descriptor of ours`() throws {
        let leaked = open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        // grep asks about itself: a shell blocks its signals for the moment in which it starts a command.
        let masks = try CommandResult.of(ChildCommand("grep", ["-hoP", "Sig(Blk|Ign):\\t\\K.*", "/proc/self/status"])).output
        let ordinary = masks.split(separator: "\n").map { (UInt64($0, radix: 16) ?? .max) & 0x7fff_ffff }
        #expect(ordinary == [0, 0])
        let script = "ls /proc/$$/fd; cut -d' ' -f5 /proc/$$/stat; echo $$"
        let lines = try CommandResult.of(ChildCommand("sh", ["-c", script])).output.split(separator: "\n")
        #expect(lines.dropLast(2).sorted() == ["0", "1", "2"])
        #expect(lines.last == lines.dropLast().last)
    }

    @Test func `a child ends when its parent is killed`() throws {
        // A shell stands for us, and starts its child the way we do. The child speaks once its signal is set.
        var command = ChildCommand("sh", ["-c", "setpriv --pdeathsig KILL sh -c 'echo $$; exec sleep 1000' & wait"])
        command.standardOutput = .pipe
        let parent = try ChildProcess(command)
        let output = try #require(parent.standardOutput)
        var bytes = [UInt8](repeating: 0, count: 32)
        #expect(read(output, &bytes, 32) > 0)
        parent.signal(SIGKILL)
        parent.wait()
        // The pipe ends when its last holder, the grandchild, is gone.
        #expect(read(output, &bytes, 32) == 0)
    }
}
