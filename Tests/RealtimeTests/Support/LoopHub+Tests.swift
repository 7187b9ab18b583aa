import Realtime

extension HubTime {
    init(_ milliseconds: Int64) { self.init(milliseconds: milliseconds, unixSeconds: 1_700_000_000 + milliseconds / 1_000) }
}

extension LoopHub {
    func received(_ client: HubClient, _ text: String, now: HubTime) {
        Array(text.utf8).withUnsafeBytes { received(client, text: $0, now: now) }
    }
}
