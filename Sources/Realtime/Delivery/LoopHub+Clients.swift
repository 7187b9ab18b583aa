extension LoopHub {
    // MARK: Coming and going

    /// Lets a client in: registers it, greets it, and gives it what it missed. The head of the answer has been written.
    ///
    /// The socket must live until ``disconnect(_:)`` was called, which is to happen exactly once and after any close of ours as well.
    public func connect(_ opening: ClientOpening, socket: any ClientSocket, now: HubTime) -> HubClient {
        let number = freeNumbers.popLast() ?? UInt32(clients.count)
        let client = HubClient(
            number: number, serial: nextSerial, opening: opening, socket: socket, now: now.milliseconds)
        nextSerial += 1
        if Int(number) == clients.count { clients.append(client) } else { clients[Int(number)] = client }
        clientCount += 1
        register(client, opening.subscriptions)
        greet(client, opening, now: now)
        if draining != nil, client.state == .open { sendAway(client, now: now.milliseconds) }
        if client.state == .open { wheel.advance(number, to: firstLook(client, now)) }
        return client
    }

    private func greet(_ client: HubClient, _ opening: ClientOpening, now: HubTime) {
        var reason: ResetReason?
        switch opening.cursor {
        case .none:
            welcome(client, opening, recovered: nil, now: now)
            return
        case .unreadable: reason = .cursorUnreadable
        case .cursor(let cursor): reason = begin(client, after: cursor, now: now.milliseconds)
        }
        welcome(client, opening, recovered: reason == nil, now: now)
        if let reason {
            reset(client, reason, now: now.milliseconds)
        } else {
            readAfterAnswer(client, now: now.milliseconds)
        }
    }

    /// Puts the client, whose channels are registered already, where its cursor says, if that can be served.
    /// - Returns: the reason when it cannot; nothing has changed then.
    private func begin(_ client: HubClient, after cursor: Cursor, now: Int64) -> ResetReason? {
        let start: Int64
        var isProven = true
        var deadline: Int64?
        switch ResumePlan(cursor, epoch: settings.epoch, ring: ring) {
        case .reset(let reason): return reason
        case .replay(let from): start = from
        case .ahead(let from, let isAlreadyProven):
            start = from
            isProven = isAlreadyProven
            deadline = now + settings.aheadTimeout
        }
        let place = self.place(of: client, now: now)
        place.next = min(start, delivered)
        table.setSince(client, place.next, isLater: false)
        client.mergedPast = nil
        place.catchUp = .init(cursor: cursor, isProven: isProven, deadline: deadline)
        place.coalescing = nil
        place.missedBytes = 0
        place.isReplaying = true
        return nil
    }

    private func welcome(_ client: HubClient, _ opening: ClientOpening, recovered: Bool?, now: HubTime) {
        let connection = connectionText(client)
        // Until the reset has reached the client as well, it must not stand anywhere: it would come back without a reset.
        let cursor = recovered == false ? voidCursor : cursorText(of: client)
        switch client.form {
        case .webSocket:
            send(
                client,
                .welcome(
                    connection: connection, user: client.user, channels: table.channels(of: client), cursor: cursor,
                    recovered: recovered, expiresAt: client.grant?.expiresAt), now: now.milliseconds)
        case .eventStream, .userStream:
            let retry = StreamText.retry(milliseconds: reconnectDelay())
            let first: StreamMessage =
                client.form == .eventStream
                ? .connected(
                    connection: connection, channels: table.channels(of: client), cursor: cursor, recovered: recovered)
                : .connectedUser(connection: connection, cursor: cursor, at: now.unixSeconds)
            sendControl(client, retry + first.bytes, now: now.milliseconds)
        }
    }

    /// A cursor of no topic, which is always answered by a reset.
    private var voidCursor: String { Cursor(epoch: ~settings.epoch, proof: nil, positions: Positions()).text }

    /// What the client is called in messages and by the administration.
    public func connectionText(_ client: HubClient) -> String {
        settings.connectionPrefix + String(client.serial, radix: 36)
    }

    /// The connection has ended, whoever ended it. Nothing of it is used afterwards.
    public func disconnect(_ client: HubClient) {
        guard client.state != .gone else { return }
        leave(client)
        client.state = .gone
        client.place = nil
        wheel.cancel(client.number)
        clients[Int(client.number)] = nil
        freeNumbers.append(client.number)
        clientCount -= 1
    }

    /// Takes the client out of everything by which events come to it.
    func leave(_ client: HubClient) {
        table.unsubscribeFromAll(client)
        removeReader(client)
        if client.isWaitingToSubscribe {
            waiting.removeAll { $0.client === client }
            client.isWaitingToSubscribe = false
        }
    }

    // MARK: What the connection says

    /// Something came that is no message: an answer to a ping, a part of a message.
    public func heard(_ client: HubClient, now: HubTime) { client.heard = now.milliseconds }

    /// The connection takes bytes again.
    public func becameWritable(_ client: HubClient, now: HubTime) {
        guard let place = client.place, client.state == .open || client.state == .closing else { return }
        client.heard = max(client.heard, now.milliseconds)
        place.isBlocked = false
        guard sendUnsent(client, place, now: now.milliseconds) else { return }
        if client.state == .closing {
            finish(client)
        } else {
            readAfterAnswer(client, now: now.milliseconds)
        }
    }

    // MARK: Messages

    /// A whole text message came from a WebSocket client.
    public func received(_ client: HubClient, text: UnsafeRawBufferPointer, now: HubTime) {
        guard client.state == .open else { return }
        client.heard = now.milliseconds
        counters.messages += 1
        let context = ClientSession.Context(
            grant: client.grant, rules: settings.rules, limits: settings.session, held: client.subscriptions.count,
            isHeld: { self.table.contains(client, $0) })
        perform(client.session.receive(text, now: now.milliseconds, in: context), client, now: now)
    }

    /// The answer to ``verify``: what the new token says, or nil when it was refused.
    public func refreshed(_ client: HubClient, with grant: AccessGrant?, id: RequestID?, now: HubTime) {
        guard client.state == .open else { return }
        let outcome = client.session.refreshed(grant, by: client.grant, id: id, limits: settings.session)
        if outcome.isAccepted, let grant { adopt(grant, client, now: now) }
        perform(outcome.actions, client, now: now)
    }

    /// The client's subscriptions are those that the new grant allows.
    private func adopt(_ grant: AccessGrant, _ client: HubClient, now: HubTime) {
        client.grant = grant
        var isLess = false
        for channel in table.channels(of: client) {
            let access = settings.rules.access(to: channel, with: grant)
            if access == .denied {
                table.unsubscribe(client, from: channel)
                isLess = true
            } else {
                table.subscribe(client, to: channel, types: table.types(of: client, channel), seesAll: access == .full)
            }
        }
        if isLess {
            send(
                client, .unsubscribed(channels: table.channels(of: client), cursor: cursorText(of: client), id: nil),
                now: now.milliseconds)
        }
        wheel.advance(client.number, to: firstLook(client, now))
    }

    private func perform(_ actions: [ClientSession.Action], _ client: HubClient, now: HubTime) {
        for action in actions where client.state == .open {
            switch action {
            case .subscribe(_, _, let id) where client.place?.backfill != nil: refuseBusy(client, id, now: now.milliseconds)
            case .unsubscribe(_, let id) where client.place?.backfill != nil: refuseBusy(client, id, now: now.milliseconds)
            case .subscribe(let subscriptions, let cursor, let id):
                subscribe(client, subscriptions, after: cursor, id: id, now: now.milliseconds)
            case .unsubscribe(let channels, let id):
                for channel in channels { table.unsubscribe(client, from: channel) }
                send(
                    client, .unsubscribed(channels: table.channels(of: client), cursor: cursorText(of: client), id: id),
                    now: now.milliseconds)
            case .resume(let cursor, let id): resume(client, after: cursor, id: id, now: now.milliseconds)
            case .verify(let token, let id):
                if let verify { verify(client, token, id) } else { refreshed(client, with: nil, id: id, now: now) }
            case .pong(let id): send(client, .pong(cursor: cursorText(of: client), id: id), now: now.milliseconds)
            case .answer(let message):
                if case .error = message { counters.faults += 1 }
                send(client, message, now: now.milliseconds)
            case .close(let code, let reason): close(client, code, reason: reason, now: now.milliseconds)
            }
        }
    }

    private func resume(_ client: HubClient, after given: GivenCursor, id: RequestID?, now: Int64) {
        guard client.place?.backfill == nil, !client.isWaitingToSubscribe else { return refuseBusy(client, id, now: now) }
        guard case .cursor(let cursor) = given else { return reset(client, .cursorUnreadable, now: now) }
        removeReader(client)
        if let reason = begin(client, after: cursor, now: now) { return reset(client, reason, now: now) }
        send(client, .resumed(cursor: cursorText(of: client), id: id), now: now)
        readAfterAnswer(client, now: now)
        if let deadline = client.place?.catchUp?.deadline { wheel.advance(client.number, to: deadline) }
    }

    func refuseBusy(_ client: HubClient, _ id: RequestID?, now: Int64) {
        counters.faults += 1
        send(client, .error(ClientFault(.busy, "an earlier subscription is being served", id: id)), now: now)
    }

    func readAfterAnswer(_ client: HubClient, now: Int64) {
        guard client.state == .open, let place = client.place, !place.isBlocked else { return }
        addReader(client)
        serve(client, now: now)
    }
}
