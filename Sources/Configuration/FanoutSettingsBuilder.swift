/// Makes the typed settings of the fan-out from the collected texts and checks what belongs together.
enum FanoutSettingsBuilder {
    typealias Known = KnownFanoutSettings

    static func build(_ collector: SettingCollector) throws(ConfigurationError) -> FanoutSettings {
        var reader = SettingsReader(collector.settings)
        let listen = reader.read(Known.listen)
        let access = access(&reader, listen)
        let threads = reader.read(Known.threads)
        let prefix = reader.read(Known.topicPrefix)
        let topic = prefix + reader.read(Known.topic)
        if topic.utf8.count > 249 {
            reader.refuse(Known.topicPrefix.key, "makes the topic's name longer than 249 characters")
        }
        let limits = limits(&reader)
        let history = FanoutSettings.History(
            events: reader.read(Known.historyEvents), bytes: reader.read(Known.historyBytes),
            age: reader.read(Known.historyAge))
        let interval = reader.read(Known.deliveryInterval)
        let slow = FanoutSettings.SlowClients(
            bytes: reader.read(Known.slowBytes), ageMilliseconds: reader.read(Known.slowAge),
            stallMilliseconds: reader.read(Known.slowStall), coalescedChannels: reader.read(Known.coalesced))
        let connections = FanoutSettings.Connections(
            ping: reader.read(Known.ping), pingAnswer: reader.read(Known.pingAnswer), streamPing: reader.read(Known.streamPing),
            lifetime: Int(clamping: reader.read(Known.lifetime)?.milliseconds ?? 0), drainWindow: reader.read(Known.drainWindow),
            retryDelay: reader.read(Known.retryDelay), retryJitter: reader.read(Known.retryJitter))
        let servesPage = reader.read(Known.page)
        let certificate = certificate(&reader)
        let adminToken = reader.read(Known.adminToken)
        if let adminToken, adminToken.utf8.count < 16 {
            reader.refuse(Known.adminToken.key, "the value is too short to be a secret", allowed: "16 bytes and more")
        }
        let hasLegacyBrokers = reader.read(KnownSettings.legacySCRAM)
        let httpListen = reader.read(Known.httpListen)
        let log = LogSettings(format: reader.read(KnownSettings.logFormat), level: reader.read(KnownSettings.logLevel))
        let kafka = reader.readKafka(.fanout)
        let problems = collector.problems + reader.problems
        guard problems.isEmpty else { throw ConfigurationError(SettingsAssembly.ordered(problems)) }
        return FanoutSettings(
            listen: listen, threads: threads == 0 ? nil : threads, topic: topic, access: access, limits: limits, history: history,
            deliveryIntervalMilliseconds: interval, slowClients: slow, connections: connections, servesPage: servesPage,
            certificate: certificate, adminToken: adminToken, hasLegacyBrokers: hasLegacyBrokers, httpListen: httpListen,
            log: log,
            kafkaProperties: kafka.properties, warnings: collector.warnings + kafka.warnings,
            loaded: LoadedSettings(reader.effective, .fanout, kafka: kafka.properties))
    }

    private static func access(_ reader: inout SettingsReader, _ listen: ListenAddress) -> FanoutSettings.Access {
        let mode = reader.read(Known.auth)
        let isAnonymous = reader.read(Known.authAnonymous)
        let isOffAnywhere = reader.read(Known.authOffAnywhere)
        let keySet = reader.read(Known.jwks)
        let secret = reader.read(Known.secret)
        let usual = secret != nil ? ["HS256"] : ["RS256", "ES256"]
        let given = reader.read(Known.algorithms)
        let algorithms = given.isEmpty ? usual : given
        switch mode {
        case .off where !listen.isLoopback && !isOffAnywhere:
            reader.refuse(
                Known.auth.key, "off would show every event to whoever reaches \(listen)",
                allowed: "jwt; or off with a loopback address in listen, or with auth.off.anywhere=true")
        case .off: break
        case .jwt where keySet != nil && secret != nil:
            reader.refuse(Known.secret.key, "auth.jwt.jwks is set as well", allowed: "one of the two")
        case .jwt where keySet == nil && secret == nil:
            reader.refuse(
                Known.auth.key, "jwt needs the keys that verify tokens",
                allowed: "auth.jwt.jwks or auth.jwt.secret.file beside it; or auth=off for a first look")
        case .jwt where secret != nil && !algorithms.allSatisfy({ $0.hasPrefix("HS") }):
            reader.refuse(Known.algorithms.key, "a secret is for HMAC algorithms only", allowed: "HS256, HS384, HS512")
        case .jwt: break
        }
        if mode == .jwt, let secret, secret.utf8.count < 32 {
            reader.refuse(Known.secret.key, "the value is too short for HS256", allowed: "32 bytes and more")
        }
        return FanoutSettings.Access(
            mode: mode, admitsAnonymous: isAnonymous, keySet: keySet, secret: secret, algorithms: algorithms,
            issuers: reader.read(Known.issuer), audiences: reader.read(Known.audience), leeway: reader.read(Known.leeway),
            origins: reader.read(Known.origins))
    }

    private static func limits(_ reader: inout SettingsReader) -> FanoutSettings.Limits {
        let limits = FanoutSettings.Limits(
            connections: reader.read(Known.connections), connectionsPerUser: reader.read(Known.connectionsPerUser),
            connectionsPerSecond: reader.read(Known.connectionsPerSecond), handshakeMilliseconds: reader.read(Known.handshake),
            headerBytes: reader.read(Known.headerBytes), frameBytes: reader.read(Known.frameBytes),
            messageBytes: reader.read(Known.messageBytes), unfinishedBytes: reader.read(Known.unfinishedBytes),
            subscriptions: reader.read(Known.subscriptions), messagesPerSecond: reader.read(Known.messagesPerSecond))
        if limits.messageBytes < limits.frameBytes {
            reader.refuse(
                Known.messageBytes.key, "is smaller than limit.frame.bytes", allowed: "\(limits.frameBytes) and more")
        }
        return limits
    }

    private static func certificate(_ reader: inout SettingsReader) -> (certificate: String, key: String)? {
        let certificate = reader.read(Known.certificate)
        let key = reader.read(Known.certificateKey)
        switch (certificate, key) {
        case (let certificate?, let key?): return (certificate, key)
        case (nil, nil): return nil
        case (_?, nil): reader.refuse(Known.certificate.key, "tls.key is not set", allowed: "both or neither")
        case (nil, _?): reader.refuse(Known.certificateKey.key, "tls.certificate is not set", allowed: "both or neither")
        }
        return nil
    }
}
