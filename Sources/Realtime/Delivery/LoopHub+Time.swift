extension LoopHub {
    /// Does what is due: events of the interval, pings, deadlines, slices of a drain. To be called a few times a second, and at
    /// ``flushAt``.
    public func tick(now: HubTime) {
        let milliseconds = now.milliseconds
        if let flushAt, milliseconds >= flushAt {
            flush(now: milliseconds)
        } else if !readers.isEmpty || !waiting.isEmpty {
            serveReaders(now: milliseconds)
        }
        ring.expire(now: milliseconds, keeping: delivered)
        wheel.takeDue(now: milliseconds, into: &due)
        var visited: [UInt32] = []
        swap(&visited, &due)
        for number in visited {
            if let client = clients[Int(number)] { look(at: client, now: now) }
        }
        visited.removeAll(keepingCapacity: true)
        due = visited
        drainFurther(now: milliseconds)
    }

    /// When to look at a client that nothing has happened to.
    func firstLook(_ client: HubClient, _ now: HubTime) -> Int64 {
        let next = client.form == .webSocket ? client.heard + settings.liveness.idle : client.asked + settings.streamPing
        return min(next, deadline(client, now))
    }

    /// The end of its token, of its lifetime, or of its patience with this instance.
    private func deadline(_ client: HubClient, _ now: HubTime) -> Int64 {
        var deadline = client.place?.catchUp?.deadline ?? .max
        if let endsAt = client.grant?.endsAt {
            let left = min(max(endsAt - now.unixSeconds, 0), 1 << 32)
            deadline = min(deadline, now.milliseconds + left * 1_000)
        }
        if settings.lifetime > 0 { deadline = min(deadline, endOfLife(client)) }
        return deadline
    }

    /// Anywhere in the last quarter of a lifetime: those who came together, after a restart, do not all go and come back together.
    private func endOfLife(_ client: HubClient) -> Int64 {
        var chance = SplitMix(seed: client.serial)
        return client.connectedAt + settings.lifetime - Int64.random(in: 0...(settings.lifetime / 4), using: &chance)
    }

    private func look(at client: HubClient, now: HubTime) {
        let milliseconds = now.milliseconds
        if client.state == .closing {
            guard let place = client.place, milliseconds >= place.closeBy else {
                return wheel.schedule(client.number, at: client.place?.closeBy ?? milliseconds)
            }
            return abort(client)
        }
        guard client.state == .open else { return }
        if let endsAt = client.grant?.endsAt, now.unixSeconds >= endsAt {
            return close(client, .token, reason: "the token has expired", now: milliseconds)
        }
        if settings.lifetime > 0, milliseconds >= endOfLife(client) {
            return sendAway(client, now: milliseconds)
        }
        if let catchUp = client.place?.catchUp, let deadline = catchUp.deadline, milliseconds >= deadline {
            client.place?.catchUp?.deadline = nil
            if !ring.positions.covers(catchUp.cursor.positions) { reset(client, .notReached, now: milliseconds) }
        }
        let next = client.isBlocked ? judgeBlocked(client, now: milliseconds) : judgeAlive(client, now: milliseconds)
        guard client.state == .open else { return }
        // A client that got blocked while it was looked at has been given a time already.
        let again = min(next ?? .max, deadline(client, now))
        if again < .max { wheel.advance(client.number, to: again) }
    }

    /// - Returns: when to look again; nil when the client is being closed.
    private func judgeBlocked(_ client: HubClient, now: Int64) -> Int64? {
        guard let place = client.place else { return now }
        let verdict = settings.slow.judge(
            missedBytes: place.missedBytes, oldest: place.oldest, progress: place.progress, isReplaying: place.isReplaying,
            now: now)
        switch verdict {
        case .fine: break
        case .tooSlow: restrain(client, place, now: now)
        case .stalled: close(client, .slow, reason: "too slow: resume from the last cursor", now: now)
        }
        guard client.state == .open else { return nil }
        let since = place.isReplaying ? place.progress : place.oldest
        return max(now + 250, min(since + settings.slow.age, place.progress + settings.slow.stall))
    }

    /// - Returns: when to look again; nil when the client has got another time.
    private func judgeAlive(_ client: HubClient, now: Int64) -> Int64? {
        guard client.form == .webSocket else {
            if now >= client.asked + settings.streamPing {
                client.asked = now
                sendControl(client, streamPing(client), now: now)
                if client.isBlocked { return nil }
            }
            return client.asked + settings.streamPing
        }
        if client.isLive, now >= client.toldCursor + settings.cursorRefresh {
            client.toldCursor = now
            send(client, .cursor(cursor), now: now)
            if client.isBlocked { return nil }
        }
        let (verdict, again) = settings.liveness.judge(heard: client.heard, asked: client.asked, now: now)
        switch verdict {
        case .alive: break
        case .ask:
            client.asked = now
            sendControl(client, ServerFrame.ping, now: now)
            if client.isBlocked { return nil }
        case .gone:
            abort(client)
            return nil
        }
        return again
    }

    private func streamPing(_ client: HubClient) -> [UInt8] {
        StreamText.ping(cursor: client.isLive ? cursor : nil)
    }

    // MARK: Drain

    /// Sends everybody away, in slices over a window of milliseconds, the oldest connections last. Who connects meanwhile is sent away
    /// at once.
    public func drain(window: Int64, now: HubTime) {
        guard draining == nil else { return }
        // The last one is the next to go.
        let order = clients.compactMap { $0 }.filter { $0.state == .open }.sorted { $0.serial < $1.serial }
        draining = Draining(
            plan: DrainPlan(clients: order.count, start: now.milliseconds, window: window), remaining: order)
        drainFurther(now: now.milliseconds)
    }

    /// Whether a drain has closed everybody and all connections have ended.
    public var isDrained: Bool { draining?.remaining.isEmpty == true && clientCount == 0 }

    private func drainFurther(now: Int64) {
        guard var draining else { return }
        let due = draining.plan.due(now: now)
        while draining.closed < due, let client = draining.remaining.popLast() {
            draining.closed += 1
            sendAway(client, now: now)
        }
        self.draining = draining
    }
}
