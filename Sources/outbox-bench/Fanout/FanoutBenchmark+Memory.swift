import Drills
import LocalServers
import ServiceRuntime

extension FanoutBenchmark {
    func idle(_ part: FanoutPart, isTLS: Bool) throws -> FanoutPartReport {
        var settings: [(key: String, value: String)] = []
        var authority: CertificateAuthority?
        if isTLS {
            let made = try CertificateAuthority()
            authority = made
            let certificate = try made.server()
            settings = [("tls.certificate", certificate.certificatePath), ("tls.key", certificate.keyPath)]
        }
        defer { withExtendedLifetime(authority) {} }
        let stage = try stage(part.rawValue, settings)
        defer { stage.end() }
        let before = try memory(stage)
        let began = MonotonicTime.now()
        try stage.connect(plan.idleConnections, isTLS: isTLS)
        let took = Double(MonotonicTime.now() - began) / 1e9
        // What connecting needs for a moment is given back.
        _ = try stage.clients.run(seconds: 1.5, until: { false })
        let after = try memory(stage)
        let event = MonotonicTime.now()
        try stage.explained { try stage.deliverOne() }
        let delivered = MonotonicTime.now() - event
        let count = Double(plan.idleConnections)
        let resident = Double(after.resident - before.resident)
        return FanoutPartReport(
            part: part,
            title:
                "\(Figures.grouped(plan.idleConnections)) WebSocket connections\(isTLS ? " with TLS (P-256)" : "") that say nothing",
            figures: [
                .init(
                    key: "bytes_per_connection", name: "server's memory per connection (RSS)", value: resident / count,
                    unit: "bytes", aim: .below(isTLS ? 20_000 : 4_000)),
                .init(
                    key: "pss_per_connection", name: "the same as PSS",
                    value: Double(after.proportional - before.proportional) / count, unit: "bytes"),
                .init(
                    key: "resident_before", name: "RSS before", value: Double(before.resident) / 1_048_576, digits: 1, unit: "MiB"
                ),
                .init(
                    key: "resident_after", name: "RSS after", value: Double(after.resident) / 1_048_576, digits: 1, unit: "MiB"),
                .init(
                    key: "connects_per_second", name: "connected and greeted", value: count / took, unit: "connections/s"),
                .init(
                    key: "one_event_ms", name: "one event to all of them, from Kafka", value: Double(delivered) / 1e6, digits: 1,
                    unit: "ms"),
            ])
    }

    private func memory(_ stage: FanoutStage) throws -> ProcessUsage.Memory {
        guard let memory = ProcessUsage.memory(of: stage.server.pid) else { throw BenchError("outbox-fanout is gone") }
        return memory
    }
}
