import Configuration
import ConsumerOperations
import RelayOperations
import Testing

struct ConsumerCatalogTests {
    private func catalog(_ settings: [(String, String)]) throws -> ConsumerCatalog {
        try ConsumerCatalog(
            SettingsLoader.loadConsumer(
                file: nil, environment: [:], overrides: [("data.platform.url", "https://api/orders")] + settings, envFile: nil))
    }

    @Test func `authorities that cannot be read are named at the start, not with the first request`() throws {
        let error = #expect(throws: OperationError.self) { try catalog([("data.platform.ca.location", "/nowhere/ca.pem")]) }
        #expect(error?.description == "data.platform.ca.location: /nowhere/ca.pem cannot be read: No such file or directory")
        #expect(try catalog([("data.platform.ca.location", "/dev/null")]).absent.isEmpty)
    }
}
