import Configuration
import HTTPServer
import Kafka
import Realtime
import RealtimeAccess
import RelayOperations
import ServiceRuntime
import Telemetry
import WebSocket

/// What the parts are told, out of the settings.
extension FanoutSettings {
    var accessRules: AccessRules { AccessRules(access.mode == .off ? .open : .tokens(anonymous: access.admitsAnonymous)) }

    var sessionLimits: SessionLimits {
        SessionLimits(
            channels: limits.subscriptions,
            messages: .init(perSecond: limits.messagesPerSecond, burst: 4 * limits.messagesPerSecond))
    }

    /// - Parameter loops: that share the memory.
    func webSocketLimits(loops: Int) -> WebSocketLimits {
        WebSocketLimits(
            frameBytes: limits.frameBytes, messageBytes: limits.messageBytes,
            unfinishedBytes: max(limits.messageBytes, limits.unfinishedBytes / max(1, loops)))
    }

    var httpLimits: HTTPLimits {
        HTTPLimits(
            headerBytes: limits.headerBytes, handshakeTimeoutMilliseconds: limits.handshakeMilliseconds,
            connections: limits.connections, whenFull: .refuse, acceptsPerSecond: limits.connectionsPerSecond,
            unsentBytes: 128 << 10)
    }

    var feed: FeedSettings {
        FeedSettings(
            topic: topic, properties: Kafka.KafkaProperties(kafkaProperties).forConsumer,
            historyAge: history.age.milliseconds, historyEvents: history.events)
    }

    func hub(epoch: UInt32, connectionPrefix: String) -> HubSettings {
        var hub = HubSettings(epoch: epoch, rules: accessRules)
        hub.connectionPrefix = connectionPrefix
        hub.session = sessionLimits
        hub.history = .init(events: history.events, bytes: history.bytes, age: history.age.milliseconds)
        hub.interval = Int64(deliveryIntervalMilliseconds)
        hub.slow = SlowClientLimits(
            bytes: slowClients.bytes, age: Int64(slowClients.ageMilliseconds), stall: Int64(slowClients.stallMilliseconds))
        hub.coalescing = slowClients.coalescedChannels.compactMap { ChannelPattern($0) }
        hub.liveness = Liveness(idle: Int64(connections.ping), answer: Int64(connections.pingAnswer))
        hub.streamPing = Int64(connections.streamPing)
        hub.lifetime = Int64(connections.lifetime)
        hub.reconnectDelay = connections.retryDelay
        hub.reconnectJitter = connections.retryJitter
        return hub
    }

    func originRules() throws(OperationError) -> OriginRules {
        do throws(OriginRuleError) { return try OriginRules(access.origins) } catch {
            throw OperationError("allowed.origins: \(error)")
        }
    }

    /// nil with auth=off.
    func tokenVerifier(_ logger: Logger) throws(OperationError) -> TokenVerifier? {
        guard access.mode == .jwt else { return nil }
        let source: KeySource = access.keySet.map { .file(path: $0) } ?? .secret(Array((access.secret ?? "").utf8))
        var rules = TokenRules(algorithms: Set(access.algorithms.compactMap { SigningAlgorithm(rawValue: $0) }))
        rules.issuers = access.issuers
        rules.audiences = access.audiences
        rules.leeway = Int64(access.leeway)
        do throws(KeyProblem) {
            return TokenVerifier(try KeyStore(source, logger: logger), rules: rules)
        } catch {
            throw OperationError("\(access.keySet == nil ? "auth.jwt.secret" : "auth.jwt.jwks"): \(error)")
        }
    }
}
