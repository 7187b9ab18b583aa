import CCurl
import ServiceRuntime

/// Sends requests as a schedule says, several at once, over connections that it keeps: one libcurl multi handle.
///
/// Used by one thread at a time: its pool lends it.
final class StatusPoster: @unchecked Sendable {
    private static let library: Void = { curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    private let multi: UnsafeMutableRawPointer
    private let settings: DataPlatformSettings
    private let times: RequestTimes
    private var idle: [UnsafeMutableRawPointer] = []
    /// Handles that are out, with the headers that they point to.
    private var busy: [UnsafeMutableRawPointer: UnsafeMutablePointer<curl_slist>] = [:]

    /// nil without memory.
    init?(_ settings: DataPlatformSettings, times: RequestTimes) {
        _ = Self.library
        guard let multi = curl_multi_init() else { return nil }
        self.multi = multi
        self.settings = settings
        self.times = times
        ccurl_limit_connections(multi, settings.parallel)
    }

    deinit {
        for (easy, headers) in busy {
            curl_multi_remove_handle(multi, easy)
            curl_slist_free_all(headers)
            curl_easy_cleanup(easy)
        }
        for easy in idle { curl_easy_cleanup(easy) }
        curl_multi_cleanup(multi)
    }

    /// Returns when the schedule is over.
    func run(_ schedule: inout DeliverySchedule, _ deliveries: [StatusDelivery]) {
        while true {
            for index in schedule.begin(now: Self.milliseconds()) {
                if !begin(index, deliveries[index]) {
                    schedule.finish(index, .silence("no memory for a request"), now: Self.milliseconds(), random: 0)
                }
            }
            if schedule.isOver { return }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            if takeFinished(into: &schedule) { continue }
            let pause = schedule.nextTime.map { min(1_000, max(0, $0 - Self.milliseconds())) } ?? 1_000
            curl_multi_poll(multi, nil, 0, Int32(pause), nil)
        }
    }

    static func milliseconds() -> Int64 { MonotonicTime.now() / 1_000_000 }

    private func begin(_ index: Int, _ delivery: StatusDelivery) -> Bool {
        guard let easy = idle.popLast() ?? makeHandle() else { return false }
        var headers: UnsafeMutablePointer<curl_slist>?
        // The last one keeps curl from asking first whether a body is welcome.
        for line in ["Content-Type: application/json", "X-Idempotency-Key: \(delivery.idempotencyKey)", "Expect:"] {
            guard let longer = curl_slist_append(headers, line) else {
                curl_slist_free_all(headers)
                idle.append(easy)
                return false
            }
            headers = longer
        }
        guard let headers else { return false }
        let body = delivery.body
        // Without memory for its body a request must not go out at all.
        let isSet = [
            ccurl_set_long(easy, CURLOPT_POSTFIELDSIZE, body.utf8.count), ccurl_set_text(easy, CURLOPT_COPYPOSTFIELDS, body),
            ccurl_set_headers(easy, headers), ccurl_set_tag(easy, index),
        ].allSatisfy { $0 == CURLE_OK }
        guard isSet, curl_multi_add_handle(multi, easy) == CURLM_OK else {
            curl_slist_free_all(headers)
            curl_easy_cleanup(easy)
            return false
        }
        busy[easy] = headers
        return true
    }

    /// Returns whether there was one.
    private func takeFinished(into schedule: inout DeliverySchedule) -> Bool {
        var found = false
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
            let result = ccurl_result(message)
            let status = ccurl_status(easy)
            let outcome: PostOutcome =
                result == CURLE_OK && status > 0
                ? .answer(status: status, retryAfterSeconds: Int64(ccurl_retry_after(easy)))
                : .silence(String(cString: curl_easy_strerror(result)))
            times.observe(outcome, seconds: Double(ccurl_duration(easy)) / 1e6)
            let index = ccurl_tag(easy)
            curl_multi_remove_handle(multi, easy)
            if let headers = busy.removeValue(forKey: easy) {
                ccurl_set_headers(easy, nil)
                curl_slist_free_all(headers)
            }
            idle.append(easy)
            schedule.finish(index, outcome, now: Self.milliseconds(), random: Double.random(in: 0..<1))
            found = true
        }
        return found
    }

    private func makeHandle() -> UnsafeMutableRawPointer? {
        guard let easy = curl_easy_init() else { return nil }
        var results = [
            ccurl_set_text(easy, CURLOPT_URL, settings.url), ccurl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
            ccurl_set_text(easy, CURLOPT_USERAGENT, "outbox-consumer"), ccurl_set_long(easy, CURLOPT_POST, 1),
            ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1), ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 1),
            ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 2), ccurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0),
            ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeoutMilliseconds),
            ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, settings.totalTimeoutMilliseconds), ccurl_ignore_body(easy),
        ]
        if let path = settings.certificateAuthorityPath { results.append(ccurl_set_text(easy, CURLOPT_CAINFO, path)) }
        guard results.allSatisfy({ $0 == CURLE_OK }) else {
            curl_easy_cleanup(easy)
            return nil
        }
        return easy
    }
}
