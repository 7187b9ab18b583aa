public import Foundation
import LocalServers
import ServiceRuntime

/// A headless Chromium, driven by the WebDriver protocol. One thread at a time uses it; it ends with this object.
public final class Browser {
    /// One of its tabs.
    public struct Tab: Hashable, Sendable {
        let handle: String
    }

    private let driver: ChromeDriver
    private let session: String
    /// How long Chromium took to start.
    public let startMilliseconds: Int64

    /// Starts Chromium. Names other than 127.0.0.1 do not resolve in it: what a page needs has to be on the server under test.
    public init(_ driver: ChromeDriver) throws {
        self.driver = driver
        let began = MonotonicTime.now()
        let arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--window-size=420,900",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--user-data-dir=\(driver.profile(UUID().uuidString))",
        ]
        let options: [String: Any] = ["binary": driver.binary, "args": arguments]
        let wanted: [String: Any] = ["browserName": "chrome", "goog:chromeOptions": options]
        let answer = try Self.call(driver, "POST", "/session", ["capabilities": ["alwaysMatch": wanted]])
        guard let session = (answer as? [String: Any])?["sessionId"] as? String else { throw LocalServerError("no session") }
        self.session = session
        startMilliseconds = (MonotonicTime.now() - began) / 1_000_000
    }

    deinit { _ = try? call("DELETE", "") }

    // MARK: Tabs

    public func currentTab() throws -> Tab { Tab(handle: try text(call("GET", "/window"))) }

    /// A new tab, which then is the current one.
    public func openTab(_ address: String) throws -> Tab {
        let made = try call("POST", "/window/new", ["type": "tab"]) as? [String: Any]
        let tab = Tab(handle: try text(made?["handle"]))
        try select(tab)
        try open(address)
        return tab
    }

    public func select(_ tab: Tab) throws { try call("POST", "/window", ["handle": tab.handle]) }

    public func close(_ tab: Tab, then other: Tab) throws {
        try select(tab)
        try call("DELETE", "/window")
        try select(other)
    }

    // MARK: The current tab

    /// Loads an address; returns when the page is loaded.
    public func open(_ address: String) throws { try call("POST", "/url", ["url": address]) }

    /// The result of JavaScript that ends in `return ...`.
    @discardableResult
    public func run(_ script: String) throws -> Any { try call("POST", "/execute/sync", ["script": script, "args": [Any]()]) }

    /// The result of an asynchronous function's body.
    @discardableResult
    public func runAsync(_ script: String) throws -> Any {
        let body = """
            const done = arguments[arguments.length - 1];
            (async () => { \(script) })().then((value) => done({ value: value ?? null }), (error) => done({ error: String(error) }));
            """
        let answer = try call("POST", "/execute/async", ["script": body, "args": [Any]()]) as? [String: Any]
        if let error = answer?["error"] as? String { throw LocalServerError("script: \(error)") }
        return answer?["value"] ?? NSNull()
    }

    /// Clicks as a user does, where the element is.
    public func click(_ selector: String) throws { try call("POST", "/element/\(element(selector))/click") }

    public func type(_ keys: String, into selector: String) throws {
        let id = try element(selector)
        try call("POST", "/element/\(id)/clear")
        try call("POST", "/element/\(id)/value", ["text": keys])
    }

    /// Tries until the script's result makes `isEnough` true; the last result. Throws after the time is over.
    @discardableResult
    public func wait<Value>(
        _ what: String, seconds: Double = 20, for script: String, as: Value.Type = Value.self, until isEnough: (Value) -> Bool
    ) throws -> Value {
        let deadline = MonotonicTime.now() + Int64(seconds * 1e9)
        var last: Any = NSNull()
        repeat {
            last = try run(script)
            if let value = last as? Value, isEnough(value) { return value }
            usleep(25_000)
        } while MonotonicTime.now() < deadline
        throw LocalServerError("\(what) did not come within \(seconds) s; last: \(last)")
    }

    /// A picture of the page, PNG.
    public func screenshot() throws -> Data { Data(base64Encoded: try text(call("GET", "/screenshot"))) ?? Data() }

    // MARK: Protocol

    private func element(_ selector: String) throws -> String {
        let found = try call("POST", "/element", ["using": "css selector", "value": selector]) as? [String: String]
        return try text(found?.values.first)
    }

    private func text(_ value: Any?) throws -> String {
        guard let text = value as? String else { throw LocalServerError("the driver's answer is no text") }
        return text
    }

    @discardableResult
    private func call(_ method: String, _ path: String, _ body: [String: Any]? = nil) throws -> Any {
        try Self.call(driver, method, "/session/\(session)\(path)", body)
    }

    private static func call(_ driver: ChromeDriver, _ method: String, _ path: String, _ body: [String: Any]? = nil) throws -> Any
    {
        let text =
            method == "POST" ? String(decoding: try JSONSerialization.data(withJSONObject: body ?? [:]), as: UTF8.self) : ""
        let answer = try driver.http.request(method, path, body: text)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let value = object?["value"] ?? NSNull()
        guard answer.status == 200 else {
            let problem = value as? [String: Any]
            throw LocalServerError("\(method) \(path): \(problem?["error"] ?? answer.status): \(problem?["message"] ?? "")")
        }
        return value
    }
}
