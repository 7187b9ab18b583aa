public import Configuration
public import ConsumerKit
import Glibc
public import PostgresClient
public import Telemetry

/// All consumers that this project has, made from the settings.
public enum ConsumerRegistry {
    /// Every consumer whose settings are complete, in the order in which they are listed; `absent` says of the others why.
    ///
    /// - Parameters:
    ///   - database: where effects are written, for consumers that keep records outside the batch's transaction.
    ///   - metrics: takes what consumers measure themselves.
    public static func all(
        _ settings: ConsumerSettings, database: ConnectionSettings, metrics: MetricRegistry
    ) throws(RegistryError) -> (present: [any EventConsumer], absent: [(name: String, reason: String)]) {
        var present: [any EventConsumer] = [
            StockConsumer(), AnalyticsConsumer(), try cache(settings), FlashQueueConsumer(), ProductMetricsConsumer(),
            NotificationConsumer(), CouponIssueConsumer(), OrderSagaConsumer(),
        ]
        var absent: [(name: String, reason: String)] = []
        if let url = settings.dataPlatform.url {
            present.append(try dataPlatform(settings.dataPlatform, url, database, metrics))
        } else {
            absent.append((name: "data-platform", reason: "data.platform.url is not set"))
        }
        return (present, absent)
    }

    private static func cache(_ settings: ConsumerSettings) throws(RegistryError) -> CacheConsumer {
        let timeout = Int64(settings.failures.dependencyTimeoutMilliseconds)
        do throws(EndpointError) {
            let url = try RedisURL(settings.redis.url, password: settings.redis.password)
            return CacheConsumer(RedisClient(url, connectTimeoutMilliseconds: timeout, commandTimeoutMilliseconds: timeout))
        } catch { throw RegistryError("redis.url: \(error)") }
    }

    private static func dataPlatform(
        _ settings: ConsumerSettings.DataPlatform, _ url: String, _ database: ConnectionSettings, _ metrics: MetricRegistry
    ) throws(RegistryError) -> DataPlatformConsumer {
        var api: DataPlatformSettings
        do throws(EndpointError) { api = try DataPlatformSettings(url: url) } catch {
            throw RegistryError("data.platform.url: \(error)")
        }
        api.totalTimeoutMilliseconds = settings.timeoutMilliseconds
        api.connectTimeoutMilliseconds = settings.connectTimeoutMilliseconds
        api.parallel = settings.parallel
        api.attempts = settings.attempts
        if let path = settings.authorityPath {
            guard access(path, R_OK) == 0 else {
                throw RegistryError("data.platform.ca.location: \(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            api.certificateAuthorityPath = path
        }
        return DataPlatformConsumer(api, database: database, metrics: metrics)
    }
}
