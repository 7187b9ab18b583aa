import TestSupport

/// The demonstration page, as its reader sees it.
struct PageUnderTest {
    let browser: Browser

    /// The numbers of the double's events in the list, the oldest first.
    func numbers() throws -> [Int] { try browser.run(Self.numbers) as? [Int] ?? [] }

    /// Waits for so many events and returns their numbers.
    @discardableResult
    func events(_ count: Int) throws -> [Int] {
        try browser.wait("\(count) events", for: Self.numbers) { (found: [Int]) in found.count >= count }
    }

    func waitFor(state: String) throws {
        try browser.wait("state \(state)", for: "return document.getElementById('state').dataset.state") { $0 == state }
    }

    func waitFor(role: String) throws {
        try browser.wait("role \(role)", for: "return document.getElementById('role').dataset.role ?? ''") { $0 == role }
    }

    func text(_ id: String) throws -> String {
        try browser.run("return document.getElementById('\(id)').textContent") as? String ?? ""
    }

    /// The lines of the list that are no events.
    func notes() throws -> [String] {
        try browser.run("return [...document.querySelectorAll('#feed .note')].map((n) => n.textContent)") as? [String] ?? []
    }

    private static let numbers =
        "return [...document.querySelectorAll('#feed li[data-id]')].map((item) => Number(item.dataset.id.slice(-12))).reverse()"
}
