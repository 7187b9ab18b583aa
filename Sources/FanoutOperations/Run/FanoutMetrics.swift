import HTTPServer
import Realtime
import RealtimeAccess
import Synchronization
import Telemetry

/// What Prometheus is told.
struct FanoutMetrics: Sendable {
    let registry: MetricRegistry
    /// From the log to the sockets.
    let latency: Histogram

    init(_ registry: MetricRegistry) {
        self.registry = registry
        latency = registry.histogram(
            "outbox_fanout_delivery_seconds",
            help: "Time from an event's record in Kafka until a thread has given it to its clients, once for each thread.")
        ProcessMetrics.register(in: registry)
    }

    /// Registers everything that is read from the loops, the feed and the server at each rendering.
    func register(runtimes: RuntimeTable, feed: KafkaFeed, server: HTTPServer, gate: ClientGate, limit: Int) {
        let loops: @Sendable () -> [LoopSnapshot] = { runtimes.all.map(\.snapshot) }
        registerClients(loops)
        registerDelivery(loops)
        registerFeed(feed)
        registerServer(server, gate, limit)
        registerEnds(loops)
    }

    private func gauge(_ name: String, _ help: String, _ labels: [(String, String)] = [], _ read: @escaping @Sendable () -> Int) {
        registry.sampledGauge(name, help: help, labels: labels) { Double(read()) }
    }

    private func counter(_ name: String, _ help: String, _ labels: [(String, String)] = [], _ read: @escaping @Sendable () -> Int)
    {
        registry.sampledCounter(name, help: help, labels: labels) { Double(read()) }
    }

    private func registerClients(_ loops: @escaping @Sendable () -> [LoopSnapshot]) {
        for form in ClientForm.allCases {
            gauge("outbox_fanout_connections", "Clients that are connected.", [("transport", form.label)]) {
                loops().reduce(0) { $0 + ($1.clients[form] ?? 0) }
            }
        }
        gauge("sse_connection_count", "Clients that are connected by event streams.") {
            loops().reduce(0) { $0 + ($1.clients[.eventStream] ?? 0) + ($1.clients[.userStream] ?? 0) }
        }
        gauge("outbox_fanout_subscriptions", "Subscriptions of all clients.") { loops().reduce(0) { $0 + $1.subscriptions } }
        gauge("outbox_fanout_channels", "Channels with subscribers, counted once for each thread.") {
            loops().reduce(0) { $0 + $1.channels }
        }
        gauge("outbox_fanout_clients_behind", "Clients that are blocked or read from the history.") {
            loops().reduce(0) { $0 + $1.behind }
        }
        gauge("outbox_fanout_history_events", "Events that are kept for clients that come back.") {
            loops().first?.historyEvents ?? 0
        }
        gauge("outbox_fanout_history_bytes", "The same in bytes.") { loops().first?.historyBytes ?? 0 }
        gauge("outbox_fanout_unfinished_message_bytes", "Memory for messages of clients of which a part is still to come.") {
            loops().reduce(0) { $0 + $1.unfinishedBytes }
        }
    }

    private func registerDelivery(_ loops: @escaping @Sendable () -> [LoopSnapshot]) {
        let sum: @Sendable (@Sendable (HubCounters) -> Int) -> Int = { read in
            loops().reduce(0) { $0 + read($1.counters) }
        }
        let counters: [(String, String, @Sendable (HubCounters) -> Int)] = [
            ("outbox_fanout_deliveries_total", "Events given to clients.", { $0.deliveries }),
            ("outbox_fanout_delivered_bytes_total", "Bytes of events given to clients.", { $0.deliveredBytes }),
            ("outbox_fanout_writes_total", "Calls to the system that delivered events.", { $0.writes }),
            ("outbox_fanout_blocked_total", "Times that a client's connection did not take all at once.", { $0.blocked }),
            ("outbox_fanout_coalesced_total", "Slow clients that fell back on the latest event of each key.", { $0.coalesced }),
            ("outbox_fanout_superseded_total", "Events that slow clients were spared by that.", { $0.superseded }),
            (
                "outbox_fanout_recovered_total", "Clients that came with a cursor and were given what they had missed.",
                { $0.recovered }
            ),
            ("outbox_fanout_aborted_total", "Connections given up because nothing was heard or taken.", { $0.aborted }),
            ("outbox_fanout_messages_total", "Messages from WebSocket clients.", { $0.messages }),
            ("outbox_fanout_faults_total", "Messages that were answered with an error.", { $0.faults }),
        ]
        for (name, help, read) in counters { counter(name, help) { sum(read) } }
        counter("outbox_fanout_events_total", "Events taken in from the topic.") { loops().first?.counters.events ?? 0 }
    }

    private func registerEnds(_ loops: @escaping @Sendable () -> [LoopSnapshot]) {
        for reason in ResetReason.allCases {
            counter(
                "outbox_fanout_resets_total", "Clients that were told to load their state anew.", [("reason", reason.rawValue)]
            ) {
                loops().reduce(0) { $0 + ($1.counters.resets[reason] ?? 0) }
            }
        }
        for code in CloseCode.allCases {
            counter("outbox_fanout_closed_total", "Connections that the server closed.", [("code", String(code.rawValue))]) {
                loops().reduce(0) { $0 + ($1.counters.closed[code] ?? 0) }
            }
        }
    }

    private func registerFeed(_ feed: KafkaFeed) {
        gauge("outbox_fanout_ready", "Whether the history is loaded and the topic can be read: 0 or 1.") {
            feed.status.isReady ? 1 : 0
        }
        gauge("outbox_fanout_lag_records", "Records of the topic that were not read yet when the cluster was asked last.") {
            Int(clamping: feed.status.lag)
        }
        counter("outbox_fanout_records_total", "Records read from the topic.") { feed.status.records }
        counter("outbox_fanout_restarts_total", "Times that reading was begun again and every client was told to reset.") {
            feed.status.restarts
        }
        for fault in RecordFault.allCases {
            counter("outbox_fanout_skipped_records_total", "Records that are no events.", [("reason", fault.rawValue)]) {
                feed.status.skipped[fault] ?? 0
            }
        }
    }

    private func registerServer(_ server: HTTPServer, _ gate: ClientGate, _ limit: Int) {
        gauge("outbox_fanout_open_sockets", "Connections, those included that are no streams yet.") {
            server.statistics.connections
        }
        gauge("outbox_fanout_connection_limit", "How many of them are allowed.") { limit }
        gauge("outbox_fanout_users", "Users with a connection.") { gate.users.count }
        counter("outbox_fanout_accepted_total", "Connections accepted.") { server.statistics.accepted }
        counter("outbox_fanout_refused_connections_total", "Connections refused with 503 by the limits.") {
            server.statistics.refused
        }
        counter("outbox_fanout_dropped_connections_total", "Connections closed without an answer by the limits.") {
            server.statistics.dropped
        }
        for status in [400, 401, 403, 405, 426, 429, 503] {
            counter("outbox_fanout_refusals_total", "Requests for streams that were refused.", [("status", String(status))]) {
                gate.refusals.all.statuses[status] ?? 0
            }
        }
        for reason in TokenRefusal.Reason.allCases {
            counter("outbox_fanout_token_refusals_total", "Tokens that were refused.", [("reason", reason.rawValue)]) {
                gate.refusals.all.tokens[reason] ?? 0
            }
        }
        let unusable = (
            name: "outbox_fanout_unusable_files",
            help: "Whether a file that changed is of no use, so that what it held before stays: 0 or 1."
        )
        if let verifier = gate.verifier, verifier.readsKeyFile {
            gauge(unusable.name, unusable.help, [("file", "keys")]) { verifier.hasOutdatedKeys ? 1 : 0 }
        }
        if server.certificateExpiry != nil {
            gauge(unusable.name, unusable.help, [("file", "certificate")]) { server.isCertificateOutdated ? 1 : 0 }
            gauge("outbox_fanout_certificate_expiry_seconds", "When the certificate ends, in seconds since 1970.") {
                Int(clamping: server.certificateExpiry ?? 0)
            }
        }
    }
}
