import Glibc
import ServiceRuntime
import Synchronization

/// A real Apache Kafka cluster (KRaft) on 127.0.0.1 that lives as long as this object, from any download of Kafka 4.x.
///
/// The brokers end when our process ends, even by SIGKILL. Properties may be read from any thread; one thread at a time starts,
/// stops and freezes brokers, which are numbered from 0.
public final class TemporaryKafka: Sendable {
    private let home: String
    private let options: KafkaOptions
    private let folder: TemporaryFolder
    private let brokers: Mutex<[KafkaBroker]>

    /// Formats the storage and starts all brokers; returns when each knows all others, after 4 to 8 s.
    ///
    /// `home`: the unpacked download (KAFKA_HOME). Throws a `LocalServerError` with the end of a broker's log.
    public init(home: String, options: KafkaOptions = KafkaOptions()) throws(LocalServerError) {
        self.home = home
        self.options = options
        let folder = try TemporaryFolder()
        self.folder = folder
        var list: [KafkaBroker] = []
        for index in 0..<max(1, options.brokers) {
            list.append(try KafkaBroker(index: index, options: options, folder: "\(folder.path)/broker-\(index)"))
        }
        brokers = Mutex(list)
        LivingServers.add(server: { [weak self] in self?.destroy() })
        try format(list)
        try start()
    }

    deinit {
        destroy()
    }

    /// The number of brokers, running or not.
    public var brokerCount: Int { brokers.withLock { $0.count } }

    /// The bootstrap servers of the plain listeners.
    public var bootstrap: String { bootstrap(of: "PLAINTEXT") }

    /// The bootstrap servers of another listener of the options, by its protocol; empty when there is none of that name.
    public func bootstrap(of listener: String) -> String {
        brokers.withLock { list in
            list.compactMap { broker in broker.port(of: listener).map { "127.0.0.1:\($0)" } }.joined(separator: ",")
        }
    }

    /// The process id of a broker, nil when it is not running.
    public func pid(broker index: Int) -> Int32? { process(index)?.pid }

    /// The `broker.id` under which clients know a broker: its number plus one.
    public func nodeID(broker index: Int) -> Int { index + 1 }

    /// The last lines of a broker's log.
    public func logTail(broker index: Int = 0, _ lines: Int = 30) -> String {
        let path = brokers.withLock { $0.indices.contains(index) ? $0[index].logPath : "" }
        return TextFile.tail(path, lines: lines)
    }

    /// Starts every broker that is not running, on its old data, and waits for them.
    public func start() throws(LocalServerError) {
        let stopped = (0..<brokerCount).filter { process($0) == nil }
        for index in stopped { try launch(index) }
        for index in stopped { try waitUntilReady(index) }
    }

    /// Starts one broker again on its old data, stopping it first when it runs; waits until it serves.
    public func restart(broker index: Int) throws(LocalServerError) {
        stop(broker: index)
        try launch(index)
        try waitUntilReady(index)
    }

    /// Stops one broker as an administrator would (SIGTERM: it hands its partitions over first). Killed when it has not ended after
    /// 30 s, as the last ones of a cluster without a quorum have to be.
    public func stop(broker index: Int) {
        process(index)?.terminate(graceMilliseconds: 30_000)
    }

    /// Stops all brokers, at the same time.
    public func stop() {
        let running = (0..<brokerCount).compactMap { process($0) }
        for process in running { process.signal(SIGTERM) }
        for process in running { process.terminate(graceMilliseconds: 30_000) }
    }

    /// Ends one broker by SIGKILL.
    public func kill(broker index: Int) {
        process(index)?.terminate(graceMilliseconds: 0, signal: SIGKILL)
    }

    /// Freezes one broker: its connections stay open and nothing answers.
    public func pause(broker index: Int) {
        process(index)?.signal(SIGSTOP)
    }

    /// Lets a frozen broker go on.
    public func resume(broker index: Int) {
        process(index)?.signal(SIGCONT)
    }

    /// Kills all brokers and removes their data. Callable any number of times; nothing can be started afterwards.
    public func destroy() {
        let running = (0..<brokerCount).compactMap { process($0) }
        for process in running { process.signal(SIGKILL) }
        for process in running { process.wait() }
        folder.remove()
    }

    // MARK: Brokers

    private func process(_ index: Int) -> ChildProcess? {
        brokers.withLock { list in
            guard list.indices.contains(index) else { return nil }
            if list[index].process?.isRunning == false { list[index].process = nil }
            return list[index].process
        }
    }

    private func command(_ script: String, _ arguments: [String], folder: String) -> ChildCommand {
        // By bash, because a copied download may have lost its executable bits.
        var command = ChildCommand("bash", ["\(home)/bin/\(script)"] + arguments)
        command.environment = [
            "KAFKA_HEAP_OPTS": "-Xms64m -Xmx\(options.heapMegabytes)m", "LOG_DIR": "\(folder)/logs",
            // The script's own choice, G1, starts more threads than a small machine has use for.
            "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC -Djava.awt.headless=true",
            // Without the garbage collector's log, which the script otherwise asks for.
            "EXTRA_ARGS": "-name kafkaServer",
        ]
        command.workingDirectory = folder
        return command
    }

    /// Writes the brokers' files and formats their storage, all at the same time: each is a Java program of its own.
    private func format(_ list: [KafkaBroker]) throws(LocalServerError) {
        let voters = list.map { "\($0.nodeID)@127.0.0.1:\($0.controllerPort)" }.joined(separator: ",")
        let cluster = Self.clusterID()
        let users = options.scramUsers.flatMap { user in
            ["256", "512"].flatMap { ["--add-scram", "SCRAM-SHA-\($0)=[name=\(user.name),password=\(user.password)]"] }
        }
        var running: [(broker: KafkaBroker, process: ChildProcess)] = []
        for broker in list {
            try FileTree.makeFolder(broker.folder)
            try FileTree.write(broker.properties(options: options, voters: voters), to: broker.propertiesPath, mode: 0o600)
            let arguments = ["format", "-t", cluster, "-c", broker.propertiesPath] + users
            running.append((broker, try spawn(command("kafka-storage.sh", arguments, folder: broker.folder), broker)))
        }
        for (broker, process) in running {
            let status = process.wait(timeoutMilliseconds: 60_000)
            guard status?.isSuccess == true else {
                let text = TextFile.tail(broker.logPath, lines: 30)
                throw LocalServerError("kafka-storage.sh format: \(status.map { "\($0)" } ?? "no end in 60 s")", log: text)
            }
        }
    }

    private func launch(_ index: Int) throws(LocalServerError) {
        guard let broker = brokers.withLock({ $0.indices.contains(index) ? $0[index] : nil }) else {
            throw LocalServerError("there is no broker \(index)")
        }
        let process = try spawn(command("kafka-server-start.sh", [broker.propertiesPath], folder: broker.folder), broker)
        brokers.withLock { $0[index].process = process }
    }

    private func spawn(_ command: ChildCommand, _ broker: KafkaBroker) throws(LocalServerError) -> ChildProcess {
        var command = command
        command.standardOutput = .file(broker.logPath)
        command.standardError = .output
        do {
            return try ChildProcess(command)
        } catch {
            throw LocalServerError("Kafka broker \(broker.index): \(error)")
        }
    }

    /// Ready: it answers a client, and knows of as many brokers as are running.
    private func waitUntilReady(_ index: Int) throws(LocalServerError) {
        let deadline = MonotonicTime.now() + 90_000_000_000
        let port = brokers.withLock { $0[index].port }
        let expected = (0..<brokerCount).filter { process($0) != nil }.count
        while MonotonicTime.now() < deadline {
            if let count = KafkaProbe.brokerCount(port: port), count >= expected { return }
            if process(index)?.wait(timeoutMilliseconds: 25) != nil || process(index) == nil {
                throw LocalServerError("Kafka broker \(index) ended while it started", log: logTail(broker: index))
            }
        }
        throw LocalServerError("Kafka broker \(index) was not ready within 90 s", log: logTail(broker: index))
    }

    /// 16 random bytes in base64 without padding, as `kafka-storage.sh random-uuid` makes them. The first letter is fixed: an id with
    /// a leading "-" would be taken for an option.
    private static func clusterID() -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let middle = (0..<20).map { _ in letters[Int.random(in: 0..<64)] }
        // The 22nd letter carries two bits only.
        return "A" + String(middle) + ["A", "Q", "g", "w"][Int.random(in: 0..<4)]
    }
}
