import ServiceRuntime

/// One broker of a temporary cluster: its ports, its folder, and its process while it has one.
struct KafkaBroker: Sendable {
    let index: Int
    let port: Int
    let controllerPort: Int
    /// By protocol, in the order of the options.
    let securedPorts: [(name: String, port: Int)]
    let folder: String
    var process: ChildProcess?

    init(index: Int, options: KafkaOptions, folder: String) throws(LocalServerError) {
        self.index = index
        self.folder = folder
        port = try FreePort.next()
        controllerPort = try FreePort.next()
        var ports: [(name: String, port: Int)] = []
        for name in options.securedProtocols { ports.append((name, try FreePort.next())) }
        securedPorts = ports
    }

    var propertiesPath: String { "\(folder)/server.properties" }
    var logPath: String { "\(folder)/broker.log" }
    var nodeID: Int { index + 1 }

    /// The port of a listener by its protocol; nil when the cluster has none of that name.
    func port(of listener: String) -> Int? {
        listener == "PLAINTEXT" ? port : securedPorts.first { $0.name == listener }?.port
    }

    /// The broker's configuration. Replication as wide as the cluster up to three, of which one may be missing (`min.insync.replicas`
    /// 2), and small internal topics, so that a cluster comes up quickly.
    func properties(options: KafkaOptions, voters: String) -> String {
        let replicas = min(3, options.brokers)
        let inSync = options.brokers >= 3 ? 2 : 1
        let plain = "PLAINTEXT://127.0.0.1:\(port)"
        let secured = securedPorts.map { "\($0.name)://127.0.0.1:\($0.port)" }
        var all = [
            "process.roles": "broker,controller",
            "node.id": String(nodeID),
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listeners": ([plain, "CONTROLLER://127.0.0.1:\(controllerPort)"] + secured).joined(separator: ","),
            "advertised.listeners": ([plain] + secured).joined(separator: ","),
            "listener.security.protocol.map":
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL",
            "log.dirs": "\(folder)/data",
            "auto.create.topics.enable": String(options.createsTopics),
            "num.partitions": String(options.partitions),
            "default.replication.factor": String(replicas),
            "min.insync.replicas": String(inSync),
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": String(replicas),
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.replication.factor": String(replicas),
            "transaction.state.log.min.isr": String(inSync),
            "share.coordinator.state.topic.replication.factor": String(replicas),
            "share.coordinator.state.topic.min.isr": String(inSync),
            "group.initial.rebalance.delay.ms": "0",
            // Drills kill members of groups, and cannot wait for each as long as a shop would.
            "group.min.session.timeout.ms": "1000",
        ]
        if options.brokers == 1 {
            // After a kill a broker is let in again when the session of the one before is over, which takes 9 s by default. It has nobody
            // who could take over meanwhile.
            all["broker.session.timeout.ms"] = "4000"
            all["broker.heartbeat.interval.ms"] = "500"
        }
        all.merge(options.properties) { $1 }
        return all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
    }
}
