/// The definitions of the settings that only `outbox-fanout` has; the others are ``KnownSettings``.
enum KnownFanoutSettings {
    static let listen = Setting(
        "listen", .address, default: ListenAddress(host: "127.0.0.1", port: 8088), text: "127.0.0.1:8088",
        "Where clients connect; port 0 takes any free one.")
    static let threads = Setting(
        "threads", .integer(0...256), default: 0, "Threads that serve clients; 0: as many as the machine has processors.")
    static let topic = Setting(
        "topic", .topic, default: "realtime.events", "The topic whose events go to the clients, all partitions of it.")
    static let topicPrefix = Setting(
        "topic.prefix", .topicPrefix, default: "", "Put before the topic's name, as the relay puts it.")
    static let auth = Setting(
        "auth", default: FanoutAuthSetting.jwt,
        "jwt: a signed token says who a client is. off: everybody sees everything; only on this machine's own addresses.")
    static let authAnonymous = Setting(
        "auth.anonymous", .flag, default: false, text: "false", "Clients without a token are let in and see the channel public.")
    static let authOffAnywhere = Setting(
        "auth.off.anywhere", .flag, default: false, text: "false", "auth=off is meant, also beyond this machine.")
    static let jwks = Setting(
        "auth.jwt.jwks", .optional(.path), default: nil, text: "",
        "A JWKS file with the keys that verify tokens; read again when it changes.")
    static let secret = Setting(
        "auth.jwt.secret", .optional(.secret), default: nil, text: "",
        "In place of a JWKS file: the secret of HMAC tokens, 32 bytes at least; better in a file: auth.jwt.secret.file.")
    static let algorithms = Setting(
        "auth.jwt.algorithms", .algorithms, default: [], text: "HS256 with a secret, RS256,ES256 with a JWKS file",
        "The only algorithms that are accepted, whatever a token or a key says.")
    static let issuer = Setting(
        "auth.jwt.issuer", .texts, default: [], text: "", "What `iss` of a token has to be, one of these; empty: anything.")
    static let audience = Setting(
        "auth.jwt.audience", .texts, default: [], text: "",
        "What `aud` of a token has to name, one of these; empty: only tokens without an audience are accepted.")
    static let leeway = Setting(
        "auth.jwt.leeway.seconds", .integer(0...3_600), default: 30, "By how much clocks may differ.")
    static let origins = Setting(
        "allowed.origins", .texts, default: ["same-origin"], text: "same-origin",
        "Which pages may connect: same-origin, https://shop.example, https://*.shop.example, or * for all.")

    static let connections = Setting(
        "limit.connections", .integer(1...10_000_000), default: 50_000, "Connections at the same time; more get 503.")
    static let connectionsPerUser = Setting(
        "limit.connections.per.user", .integer(0...1_000_000), default: 20,
        "Connections of one user at the same time; more get 429. 0: no limit.")
    static let connectionsPerSecond = Setting(
        "limit.connections.per.second", .integer(0...1_000_000), default: 10_000,
        "New connections in a second; more get 503, or with TLS are closed. 0: no limit.")
    static let handshake = Setting(
        "limit.handshake.ms", .integer(100...600_000), default: 10_000, "From the connection to its whole request, TLS included.")
    static let headerBytes = Setting(
        "limit.header.bytes", .bytes(1 << 10...1 << 20), default: 16 << 10, text: "16 KiB", "A request's head.")
    static let frameBytes = Setting(
        "limit.frame.bytes", .bytes(256...1 << 24), default: 64 << 10, text: "64 KiB", "One WebSocket frame from a client.")
    static let messageBytes = Setting(
        "limit.message.bytes", .bytes(256...1 << 24), default: 64 << 10, text: "64 KiB",
        "One WebSocket message from a client, all its frames.")
    static let unfinishedBytes = Setting(
        "limit.unfinished.bytes", .bytes(1 << 16...1 << 32), default: 16 << 20, text: "16 MiB",
        "Memory for messages of all clients of which a part is still to come.")
    static let subscriptions = Setting(
        "limit.subscriptions", .integer(1...10_000), default: 128, "Channels of one client.")
    static let messagesPerSecond = Setting(
        "limit.messages.per.second", .integer(1...100_000), default: 50,
        "Messages of one client in a second, four times as many after a pause; more end its connection with code 4029.")

    static let historyEvents = Setting(
        "history.events", .integer(100...10_000_000), default: 100_000, "Events that are kept for clients that come back.")
    static let historyBytes = Setting(
        "history.bytes", .bytes(1 << 20...1 << 36), default: 64 << 20, text: "64 MiB",
        "The same in bytes; memory that all threads share.")
    static let historyAge = Setting(
        "history.age", .duration, default: TimeSpan(milliseconds: 3_600_000), text: "1h",
        "How far back events are read at the start, and how long they are kept.")
    static let deliveryInterval = Setting(
        "delivery.interval.ms", .integer(0...10_000), default: 0,
        "Events of so many milliseconds go out to a client together, at a tenth of the cost; 0: each at once.")
    static let slowBytes = Setting(
        "slow.client.bytes", .bytes(1 << 10...1 << 30), default: 1 << 20, text: "1 MiB",
        "Bytes of events that may wait for a client that does not take them.")
    static let slowAge = Setting(
        "slow.client.age.ms", .integer(100...3_600_000), default: 10_000, "How old the oldest of them may become.")
    static let slowStall = Setting(
        "slow.client.stall.ms", .integer(1_000...3_600_000), default: 60_000,
        "A client that takes nothing at all for so long is closed, whatever its channels are.")
    static let coalesced = Setting(
        "coalesce.channels", .channels, default: [], text: "",
        "A client with only these channels that is too slow gets the latest event of each key; others are closed with code 4008.")
    static let ping = Setting(
        "ping.ms", .integer(1_000...3_600_000), default: 25_000,
        "Silence of a WebSocket client before it is asked for a sign of life.")
    static let pingAnswer = Setting(
        "ping.answer.ms", .integer(100...600_000), default: 10_000, "How long it may take to answer.")
    static let streamPing = Setting(
        "ping.stream.ms", .integer(1_000...600_000), default: 15_000, "Between two signs of life in an event stream.")
    static let lifetime = Setting(
        "connection.lifetime", .timeSpan, default: nil, text: "",
        "How long a connection lasts before its client is sent to another instance, so that the load evens out; empty: for ever.")
    static let drainWindow = Setting(
        "drain.window.ms", .integer(0...600_000), default: 10_000, "Over how long clients are sent away at a stop.")
    static let retryDelay = Setting(
        "retry.ms", .integer(0...600_000), default: 1_000, "What a client that is sent away waits at least before it comes back.")
    static let retryJitter = Setting(
        "retry.jitter.ms", .integer(0...600_000), default: 4_000, "A random part of this is added.")
    static let page = Setting(
        "page", .flag, default: true, text: "true", "Whether a page with a live feed is served at /.")
    static let certificate = Setting(
        "tls.certificate", .optional(.path), default: nil, text: "",
        "A PEM file with the certificate and those that lead to a root; read again when it changes. Empty: plain HTTP.")
    static let certificateKey = Setting(
        "tls.key", .optional(.path), default: nil, text: "", "A PEM file with its private key.")
    static let adminToken = Setting(
        "admin.token", .optional(.secret), default: nil, text: "",
        "What the admin API at http.listen wants as its bearer token, 16 bytes at least; better in a file: admin.token.file. Empty: there is no admin API."
    )
    static let httpListen = Setting(
        "http.listen", .listen, default: ListenAddress(host: "127.0.0.1", port: 9466), text: "127.0.0.1:9466",
        "Where metrics, health, status and the admin API are served; port 0 takes any free one.")
}

extension SettingsReference {
    /// Of `outbox-fanout`.
    public static let fanout = SettingsReference(
        program: "outbox-fanout", kafka: .fanout, understandsEventRouter: false,
        entries: [
            Entry(KnownFanoutSettings.listen), Entry(KnownFanoutSettings.threads), Entry(KnownFanoutSettings.topic),
            Entry(KnownFanoutSettings.topicPrefix), Entry(KnownFanoutSettings.auth), Entry(KnownFanoutSettings.authAnonymous),
            Entry(KnownFanoutSettings.authOffAnywhere), Entry(KnownFanoutSettings.jwks), Entry(KnownFanoutSettings.secret),
            Entry(KnownFanoutSettings.algorithms), Entry(KnownFanoutSettings.issuer), Entry(KnownFanoutSettings.audience),
            Entry(KnownFanoutSettings.leeway), Entry(KnownFanoutSettings.origins), Entry(KnownFanoutSettings.certificate),
            Entry(KnownFanoutSettings.certificateKey), Entry(KnownFanoutSettings.connections),
            Entry(KnownFanoutSettings.connectionsPerUser), Entry(KnownFanoutSettings.connectionsPerSecond),
            Entry(KnownFanoutSettings.handshake), Entry(KnownFanoutSettings.headerBytes), Entry(KnownFanoutSettings.frameBytes),
            Entry(KnownFanoutSettings.messageBytes), Entry(KnownFanoutSettings.unfinishedBytes),
            Entry(KnownFanoutSettings.subscriptions), Entry(KnownFanoutSettings.messagesPerSecond),
            Entry(KnownFanoutSettings.historyEvents), Entry(KnownFanoutSettings.historyBytes),
            Entry(KnownFanoutSettings.historyAge), Entry(KnownFanoutSettings.deliveryInterval),
            Entry(KnownFanoutSettings.slowBytes), Entry(KnownFanoutSettings.slowAge), Entry(KnownFanoutSettings.slowStall),
            Entry(KnownFanoutSettings.coalesced), Entry(KnownFanoutSettings.ping), Entry(KnownFanoutSettings.pingAnswer),
            Entry(KnownFanoutSettings.streamPing), Entry(KnownFanoutSettings.lifetime), Entry(KnownFanoutSettings.drainWindow),
            Entry(KnownFanoutSettings.retryDelay), Entry(KnownFanoutSettings.retryJitter), Entry(KnownFanoutSettings.page),
            Entry(KnownFanoutSettings.adminToken), Entry(KnownSettings.legacySCRAM), Entry(KnownFanoutSettings.httpListen),
            Entry(KnownSettings.logFormat), Entry(KnownSettings.logLevel),
        ])
}
