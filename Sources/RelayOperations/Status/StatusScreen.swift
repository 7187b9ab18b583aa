public import CommandLineKit
import Configuration
import PostgresClient
import PostgresReplication
public import RelayCore
import ServiceRuntime

/// `status`: one screen about the relay, from the relay itself where it answers, else from the database.
///
/// Keeps what the last look saw, so that `--watch` can show rates. Belongs to one thread.
public final class StatusScreen {
    private let options: RelayOptions
    private let address: StatusAddress?
    private var last: (published: Int64, at: Int64)?

    /// - Parameter address: where the relay is asked; nil asks only the database.
    public init(_ options: RelayOptions, address: StatusAddress?) {
        self.options = options
        self.address = address
    }

    /// Looks once. Not right unless events flow, or the relay stands by for another instance.
    public func look(style: TextStyle = TextStyle(enabled: false)) -> Report {
        var relayProblem = "http.listen is off"
        if let address {
            do throws(OperationError) {
                let answer = try RelayAnswer.fetch(address)
                return relayReport(answer, address: address, style: style)
            } catch { relayProblem = error.description }
        }
        do throws(OperationError) {
            let status = try DatabaseStatus.read(OperatorSession(options))
            return Self.databaseReport(status, relayProblem: relayProblem, options: options, style: style)
        } catch {
            let text = "\(style.bad("no relay answers"))   \(relayProblem)\n\(style.bad("no database"))   \(error)\n"
            let document: JSONValue = [
                "source": "none", "ready": false, "relay_problem": JSONValue(relayProblem), "relay": .null,
                "database_problem": JSONValue(error.description), "database": .null,
            ]
            return Report(text: text, json: document, isRight: false)
        }
    }

    private func relayReport(_ answer: RelayAnswer, address: StatusAddress, style: TextStyle) -> Report {
        let now = MonotonicTime.now()
        var rate: Double?
        if let last, now > last.at, answer.publishedEvents >= last.published {
            rate = Double(answer.publishedEvents - last.published) / (Double(now - last.at) / 1e9)
        }
        last = (answer.publishedEvents, now)
        let document: JSONValue = [
            "source": "relay", "ready": JSONValue(answer.isReady), "relay_problem": .null, "relay": answer.shown,
            "database_problem": .null, "database": .null,
        ]
        return Report(
            text: Self.relayText(answer, address: address.description, rate: rate, style: style), json: document,
            isRight: answer.isReady || answer.isStandingBy)
    }

    // MARK: Text

    package static func relayText(_ answer: RelayAnswer, address: String, rate: Double?, style: TextStyle) -> String {
        func text(_ name: String) -> String { answer.document[name]?.text ?? "unknown" }
        func bytes(_ name: String, _ missing: String) -> String {
            answer.document[name]?.integer.map { Quantity.bytes($0) } ?? missing
        }
        func milliseconds(_ name: String) -> String? {
            answer.document[name]?.number.map { Quantity.duration(seconds: $0 / 1_000) }
        }
        func seconds(_ name: String) -> String {
            answer.document[name]?.number.map { Quantity.duration(seconds: $0) } ?? "no events yet"
        }

        let state =
            answer.isReady ? style.good("ready") : answer.isStandingBy ? style.warning("standing by") : style.bad("not ready")
        var lines = Table(["", ""])
        let reasons = answer.document["reasons"]?.texts ?? []
        lines.append(["phase", text("phase") + (milliseconds("phase_ms").map { ", for \($0)" } ?? "")])
        if !reasons.isEmpty { lines.append(["because", reasons.joined(separator: "; ")]) }
        if let problem = answer.document["problem"]?.text { lines.append(["last problem", problem]) }
        lines.append(["table", text("table")])
        let version = (answer.document["server_version"]?.integer ?? 0) / 10_000
        lines.append(["server", text("server") + (version > 0 ? ", PostgreSQL \(version)" : "")])
        if answer.isPolling {
            let owned = answer.document["shards_owned"]?.integer ?? 0
            let publishers = answer.document["publishers"]?.integer ?? 0
            lines.append([
                "polling", "\(owned) of \(answer.document["shards"]?.integer ?? 0) shards, \(publishers) publishers at work",
            ])
            lines.append(["last round", milliseconds("last_round_ms").map { "\($0) ago" } ?? "none yet"])
        } else {
            lines.append([
                "slot",
                "\(answer.slot), \(text("wal_status")), retains \(bytes("retained_wal_bytes", "unknown")), "
                    + "\(answer.document["safe_wal_bytes"]?.integer.map { "lost after \(Quantity.bytes($0)) more" } ?? "no limit set")",
            ])
            lines.append(["confirmed", "\(text("confirmed_lsn")) of \(text("received_lsn")) received"])
        }
        let published = Quantity.count(answer.publishedEvents) + " events since its start"
        lines.append(["published", published + (rate.map { ", \(Quantity.decimal($0, digits: $0 < 10 ? 1 : 0))/s" } ?? "")])
        let flying = answer.document["in_flight_events"]?.integer ?? 0
        lines.append([
            "in flight",
            "\(Quantity.count(flying)) events, \(bytes("in_flight_bytes", "0 B"))"
                + (milliseconds("oldest_in_flight_ms").map { ", the oldest for \($0)" } ?? "")
                + (answer.document["throttled"]?.isTrue == true ? ", throttled" : ""),
        ])
        lines.append(["delivery", "p50 \(seconds("delivery_p50_seconds")), p99 \(seconds("delivery_p99_seconds"))"])
        if let pending = answer.document["pending_rows"]?.integer {
            lines.append(["pending", Quantity.count(pending) + " rows"])
        }
        if let sync = answer.document["sync_state"]?.text, sync != "async" { lines.append(["sync state", sync]) }
        if !answer.isPolling { lines.append(["last frame", milliseconds("last_frame_ms").map { "\($0) ago" } ?? "none yet"]) }
        lines.append(["broker answered", milliseconds("broker_answered_ms").map { "\($0) ago" } ?? "not yet"])
        return "\(style.strong("outbox-relay")) \(answer.slot)  \(state)  \(style.quiet(address))\n\n" + lines.render()
    }

    package static func databaseReport(
        _ status: DatabaseStatus, relayProblem: String, options: RelayOptions, style: TextStyle
    ) -> Report {
        var lines = Table(["", ""])
        lines.append(["relay", "no answer: " + relayProblem])
        lines.append(["table", options.table.shown])
        if let slot = status.slot {
            let safe = slot.safeWALSize.map { "lost after \(Quantity.bytes($0)) more" } ?? (slot.isLost ? "lost" : "no limit set")
            lines.append([
                "slot",
                "\(slot.name), \(slot.walStatus ?? "unknown"), "
                    + "retains \(slot.retainedWALBytes.map { Quantity.bytes($0) } ?? "unknown"), \(safe)",
            ])
            lines.append(["streaming", status.streamer ?? "nobody"])
            lines.append([
                "confirmed",
                "\(slot.confirmedFlushLSN.map { "\($0)" } ?? "nothing"), "
                    + "\(status.confirmedLag.map { Quantity.bytes($0) } ?? "unknown") behind the end of WAL",
            ])
        } else {
            lines.append(["slot", "\(options.slotName) does not exist"])
        }
        if let checkpoint = status.checkpoint {
            lines.append([
                "checkpoint",
                "\(checkpoint.endLSN), \(checkpoint.phase.rawValue), \(Quantity.count(checkpoint.events)) events, "
                    + "written \(checkpoint.updatedAt ?? "")",
            ])
        } else {
            lines.append(["checkpoint", "none"])
        }
        if let pending = status.backlog.pendingText {
            lines.append([
                "pending",
                "\(pending) rows"
                    + (status.backlog.oldestPendingSeconds.map { ", the oldest for \(Quantity.duration(seconds: $0))" } ?? ""),
            ])
        }
        let state = status.streamer == nil ? style.bad("not running") : style.warning("running, but not answering")
        let document: JSONValue = [
            "source": "database", "ready": false, "relay_problem": JSONValue(relayProblem), "relay": .null,
            "database_problem": .null, "database": status.json,
        ]
        return Report(
            text: "\(style.strong("outbox-relay")) \(options.slotName)  \(state)\n\n" + lines.render(), json: document,
            isRight: false)
    }
}
