extension LoopHub {
    /// Registers the channels, gives what was missed of them after the cursor, then answers.
    func subscribe(_ client: HubClient, _ subscriptions: [Subscription], after cursor: Cursor?, id: RequestID?, now: Int64) {
        guard let cursor else {
            register(client, subscriptions)
            return answerSubscribed(client, cursor: cursorText(of: client), id: id, now: now)
        }
        guard !client.isWaitingToSubscribe else { return refuseBusy(client, id, now: now) }
        let asked = WaitingSubscription(
            client: client, subscriptions: subscriptions, cursor: cursor, id: id, deadline: now + settings.aheadTimeout)
        guard !begin(asked, now: now) else { return }
        client.isWaitingToSubscribe = true
        waiting.append(asked)
    }

    func answerSubscribed(_ client: HubClient, cursor: String, id: RequestID?, now: Int64) {
        send(client, .subscribed(channels: table.channels(of: client), cursor: cursor, id: id), now: now)
    }

    /// - Parameter since: the client has the channels' events from there on; nil: from where it stands.
    func register(_ client: HubClient, _ subscriptions: [Subscription], since: Int64? = nil) {
        let since = since ?? client.place?.next ?? delivered
        for subscription in subscriptions {
            table.subscribe(
                client, to: subscription.channel, types: subscription.types, seesAll: subscription.seesAll, since: since)
        }
    }

    /// Subscriptions with a cursor that had to wait for their client to come as far.
    func serveWaiting(now: Int64) {
        guard !waiting.isEmpty else { return }
        let asked = waiting
        waiting = []
        for var one in asked where one.client.state == .open {
            one.client.isWaitingToSubscribe = false
            one.subscriptions = allowed(one.subscriptions, to: one.client)
            if begin(one, now: now) { continue }
            if now >= one.deadline {
                begin(one, without: .notReached, now: now)
            } else {
                one.client.isWaitingToSubscribe = true
                waiting.append(one)
            }
        }
    }

    /// What the client may have of it by the token that it has now, which may be another one than when it asked.
    private func allowed(_ subscriptions: [Subscription], to client: HubClient) -> [Subscription] {
        subscriptions.compactMap { asked in
            let access = settings.rules.access(to: asked.channel, with: client.grant)
            return access == .denied
                ? nil : Subscription(channel: asked.channel, types: asked.types, seesAll: access == .full)
        }
    }

    /// - Returns: false when it is too early: the client has not had as much as the cursor says, so that its own cursor could not
    ///   speak for the new channels.
    private func begin(_ asked: WaitingSubscription, now: Int64) -> Bool {
        let client = asked.client
        let start: Int64
        switch ResumePlan(asked.cursor, epoch: settings.epoch, ring: ring) {
        case .reset(let reason):
            begin(asked, without: reason, now: now)
            return true
        case .ahead: return false
        case .replay(let from): start = from
        }
        if let place = client.place, place.catchUp != nil || place.coalescing != nil || place.next < ring.first { return false }
        let own = cursorText(of: client)
        guard let stands = try? Cursor(own), stands.positions.covers(asked.cursor.positions) else { return false }
        let until = client.place?.next ?? delivered
        let new = asked.subscriptions.map(\.channel).filter { !table.contains(client, $0) }
        register(client, asked.subscriptions, since: min(start, until))
        guard start < until, !new.isEmpty else {
            answerSubscribed(client, cursor: own, id: asked.id, now: now)
            return true
        }
        let place = self.place(of: client, now: now)
        place.next = start
        place.isReplaying = true
        place.backfill = .init(channels: new, after: asked.cursor.positions, until: until, cursor: own, id: asked.id)
        readAfterAnswer(client, now: now)
        return true
    }

    /// The channels from now on: what was missed of them cannot be given.
    private func begin(_ asked: WaitingSubscription, without reason: ResetReason, now: Int64) {
        reset(asked.client, reason, now: now)
        register(asked.client, asked.subscriptions)
        answerSubscribed(asked.client, cursor: cursorText(of: asked.client), id: asked.id, now: now)
    }
}
