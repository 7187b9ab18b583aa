import LocalServers
import TestSupport
import Testing

/// Starts one Chromium before the tests of a suite and ends it after them: its start takes longer than most of them. The suite has
/// to be serialized; every test has an origin of its own.
struct SharedBrowser: SuiteTrait, TestScoping {
    nonisolated(unsafe) private static var current: Browser?

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        let driver = try ChromeDriver()
        defer { driver.destroy() }
        Self.current = try Browser(driver)
        defer { Self.current = nil }
        try await function()
    }

    /// The browser of the suite that runs.
    static func get() throws -> Browser {
        guard let current else { throw LocalServerError("the suite lacks the trait .sharedBrowser") }
        return current
    }
}

extension Trait where Self == SharedBrowser {
    static var sharedBrowser: Self { SharedBrowser() }
}

extension Trait where Self == ConditionTrait {
    /// Skips the tests, with a line that says what they need, where there is no Chromium; never with CI=true.
    static var needsBrowser: Self {
        .enabled(if: ChromeDriver.missing == nil || Environment["CI"] == "true", Comment(rawValue: ChromeDriver.missing ?? ""))
    }
}
