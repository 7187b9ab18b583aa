import ByteCoding
import PostgresClient
import ServiceRuntime
import Telemetry

/// What follows when a stream ended: what is under way is settled first, then it is decided whether and how it goes on.
extension Relay {
    /// Settles what is under way and decides how it goes on; nil means: begin again.
    func react(to interruption: RelayInterruption) -> Ending? {
        if context.stop.isSet || isStop(interruption) {
            epoch?.close(until: MonotonicTime.now() + 1_000_000_000)
            return .stopped
        }
        if context.state.snapshot.phase == .streaming { enter(.connecting) }
        forgetTrouble()
        let ending = settle(interruption)
        if ending == nil {
            context.metrics.restarts(reason: interruption.reason).add()
        } else {
            epoch?.close(until: MonotonicTime.now() + 2_000_000_000)
            epoch = nil
        }
        return ending
    }

    /// A stream that lived for a while ends the story of the troubles before it; one that broke at once goes on with it.
    private func forgetTrouble() {
        defer { streamingSince = nil }
        guard let since = streamingSince, MonotonicTime.now() - since > Self.steadyAfter else { return }
        isTroubleReported = false
        backoff.reset()
    }

    private static let steadyAfter: Int64 = 5_000_000_000

    private func isStop(_ interruption: RelayInterruption) -> Bool {
        if case .stopRequested = interruption { true } else { false }
    }

    private func settle(_ interruption: RelayInterruption) -> Ending? {
        switch interruption {
        case .stopRequested: return .stopped
        case .postgres(let error): return settle(postgres: error)
        case .violation(let text):
            if let ending = keepOrForget() { return ending }
            report("the server broke the protocol; connecting again", text)
            pause(slow: true)
        case .serverStopping:
            if let ending = keepOrForget() { return ending }
            report("the server ended our sessions; connecting again", "")
            pause()
        case .silent(let milliseconds):
            if let ending = keepOrForget() { return ending }
            report("the server is silent; connecting again", "no frame for \(milliseconds) ms")
        case .delivery(let failure): return settle(failure)
        case .smallerBatches(let bytes):
            if let ending = keepOrForget(milliseconds: 5_000) { return ending }
            context.logger.info("a topic takes smaller batches; the producer is made anew", [.bytes: .int(bytes)])
            return replaceProducer(batchSize: bytes)
        case .halted(let reason):
            _ = keepOrForget()
            return .failed([
                Finding(
                    "dead_letter.halt", .fail, object: "dead.letter=halt", fact: reason,
                    remedy: "correct or delete the row and advance past it, or set dead.letter=topic; the position is kept")
            ])
        case .refused(let findings):
            _ = keepOrForget()
            return .failed(findings)
        case .resource(let text):
            _ = keepOrForget()
            return .failed([Finding("resource", .fail, object: "process", fact: text)])
        }
        return nil
    }

    private func settle(postgres error: PostgresError) -> Ending? {
        if let ending = keepOrForget() { return ending }
        switch ErrorPolicy.reaction(to: error, hasStreamed: hasStreamed) {
        case .reconnect:
            report("the connection to PostgreSQL is lost; connecting again", "\(error)")
            if let ending = giveWay(error) { return ending }
            pause()
        case .reconnectSlowly:
            report("PostgreSQL refuses us; trying again slowly", "\(error)")
            if let ending = giveWay(error) { return ending }
            pause(slow: true)
        case .waitForSlot: pause()
        case .stop:
            let isRefusedRole = error.kind == .connection && error.sqlState == .insufficientPrivilege
            return .failed([
                Finding(
                    isRefusedRole ? "role.replication" : "postgres.error", .fail, object: "PostgreSQL", fact: "\(error)",
                    remedy: isRefusedRole
                        ? "as an administrator: ALTER ROLE ... REPLICATION, and GRANT CONNECT ON DATABASE ... to it"
                        : "outbox-relay doctor tells more")
            ])
        }
        return nil
    }

    /// How long a stream may be impossible while ordinary sessions work, in ns; then somebody else may publish (`mode=auto`).
    private static let streamlessPatience: Int64 = 15_000_000_000

    private func giveWay(_ error: PostgresError) -> Ending? {
        guard context.options.fallsBackToPolling else { return nil }
        let now = MonotonicTime.now()
        let since = troubleSince ?? now
        troubleSince = since
        guard now - since > Self.streamlessPatience,
            (try? Connection.open(context.options.postgres, stop: context.stop)) != nil
        else { return nil }
        return .failed([
            Finding(
                "stream.unavailable", .fail, object: "replication connection",
                fact: "PostgreSQL takes ordinary sessions and no stream: \(error)", remedy: "outbox-relay doctor tells more")
        ])
    }

    /// After a refusal nothing behind it may stay delivered ahead of it: everything is called back and published again from the
    /// finished prefix, one at a time up to where we were, so that the refused message is found (design section 3).
    private func settle(_ failure: AckLedger.DeliveryFailure) -> Ending? {
        guard let epoch else { return nil }
        let reached = max(epoch.ledger.view.received, resume?.commitLSN ?? .zero)
        _ = epoch.producer.purge(milliseconds: 5_000)
        // The client's own end may be told before the refusal that it follows from.
        let known = epoch.ledger.forgetUndelivered()
        let cause = known.failure.flatMap { $0.isPoison ? $0 : nil } ?? failure
        resume = nil
        context.logger.warning(
            "Kafka will not deliver; publishing again from the confirmed position",
            [.errorCode: .string(cause.name), .lsn: .string("\(known.received)")])
        guard cause.isPoison else {
            pause()
            return replaceProducer()
        }
        epoch.inspector.forgetAnswers()
        carefulUntil = max(reached, LSN(rawValue: known.received.rawValue + 1))
        return replaceProducer(isCareful: true)
    }

    private func replaceProducer(batchSize: Int? = nil, isCareful: Bool? = nil) -> Ending? {
        do throws(RelayInterruption) {
            try epoch?.replaceProducer(batchSize: batchSize, isCareful: isCareful)
            return nil
        } catch { return producerEnding(error) }
    }

    private func producerEnding(_ error: RelayInterruption) -> Ending {
        .failed([Finding("kafka.producer", .fail, object: "Kafka producer", fact: "\(error)")])
    }

    /// A second for what is under way, then it is called back: from here on somebody else may own the slot.
    /// - Returns: an ending when the client library fails us.
    private func keepOrForget(milliseconds: Int = 1_000) -> Ending? {
        guard let epoch else { return nil }
        do throws(RelayInterruption) {
            if try !epoch.settle(milliseconds: milliseconds) { resume = nil }
            return nil
        } catch { return producerEnding(error) }
    }

    /// Says a trouble once, however often it is met, until the stream flows again.
    private func report(_ message: StaticString, _ text: String) {
        context.state.update { $0.lastProblem = text.isEmpty ? "\(message)" : text }
        if isTroubleReported {
            context.logger.debug(message, [.error: .string(text)])
        } else {
            context.logger.warning(message, [.error: .string(text)])
        }
        isTroubleReported = true
    }

    private func pause(slow: Bool = false) {
        let delay = backoff.next(random: Double.random(in: 0..<1)) + (slow ? 2_000 : 0)
        _ = try? waitReadable([PollTarget(context.stop.fileDescriptor)], timeoutMilliseconds: delay)
    }
}
