public import Configuration
public import ConsumerKit
public import PostgresClient

/// All consumers that this project has, made from the settings.
public enum ConsumerRegistry {
    /// Every consumer whose settings are complete, in the order in which they are listed; `absent` says of the others why.
    ///
    /// - Parameter database: where effects are written, for consumers that keep records outside the batch's transaction.
    public static func all(
        _ settings: ConsumerSettings, database: ConnectionSettings
    ) throws(RegistryError) -> (present: [any EventConsumer], absent: [(name: String, reason: String)]) {
        var present: [any EventConsumer] = [
            StockConsumer(), AnalyticsConsumer(), try cache(settings), FlashQueueConsumer(), ProductMetricsConsumer(),
            NotificationConsumer(), CouponIssueConsumer(), OrderSagaConsumer(),
        ]
        var absent: [(name: String, reason: String)] = []
        if let url = settings.dataPlatform.url {
            present.append(try dataPlatform(settings.dataPlatform, url, database))
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
        _ settings: ConsumerSettings.DataPlatform, _ url: String, _ database: ConnectionSettings
    ) throws(RegistryError) -> DataPlatformConsumer {
        do throws(EndpointError) {
            var api = try DataPlatformSettings(url: url)
            api.totalTimeoutMilliseconds = settings.timeoutMilliseconds
            api.connectTimeoutMilliseconds = settings.connectTimeoutMilliseconds
            api.parallel = settings.parallel
            return DataPlatformConsumer(api, database: database)
        } catch { throw RegistryError("data.platform.url: \(error)") }
    }
}
