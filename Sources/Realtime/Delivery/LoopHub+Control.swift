extension LoopHub {
    /// The client's place; one at the end when it was live.
    func place(of client: HubClient, now: Int64) -> ClientPlace {
        if let place = client.place { return place }
        let place = ClientPlace(next: delivered, now: now)
        client.place = place
        return place
    }

    // MARK: Answers

    func send(_ client: HubClient, _ message: ServerMessage, now: Int64) {
        sendControl(client, ServerFrame.text(message.json), now: now)
    }

    /// Whole frames of the connection's own: answers to pings, a close. They go out between two frames of ours, whatever the client
    /// is behind by.
    public func send(_ client: HubClient, frames: [UInt8], now: HubTime) {
        guard client.state == .open else { return }
        sendControl(client, frames, now: now.milliseconds)
    }

    /// Bytes that are exempt from the limits of slow clients, within one of their own.
    func sendControl(_ client: HubClient, _ bytes: [UInt8], now: Int64) {
        guard client.state == .open || client.state == .closing else { return }
        if let place = client.place, place.isBlocked {
            guard place.control.count + bytes.count <= settings.slow.control else { return abort(client) }
            place.control.append(contentsOf: bytes)
            return
        }
        let taken = bytes.withUnsafeBytes { client.socket.write($0) }
        guard taken < bytes.count else { return }
        let place = place(of: client, now: now)
        place.unsent = .bytes(bytes, from: taken)
        block(client, place, now: now)
    }

    /// Sends what waits for a connection that takes bytes again.
    /// - Returns: false when it is blocked once more.
    func sendUnsent(_ client: HubClient, _ place: ClientPlace, now: Int64) -> Bool {
        if let unsent = place.unsent {
            place.unsent = nil
            switch unsent {
            case .event(let event, let start):
                if let buffer = event.bytes(for: client.form) {
                    let rest = UnsafeRawBufferPointer(rebasing: buffer[start...])
                    let taken = client.socket.write(rest)
                    counters.deliveredBytes += taken
                    if taken > 0 { place.progress = now }
                    if taken < rest.count {
                        place.unsent = .event(event, from: start + taken)
                        block(client, place, now: now)
                        return false
                    }
                }
            case .bytes(let bytes, let start):
                let taken = bytes.withUnsafeBytes { client.socket.write(UnsafeRawBufferPointer(rebasing: $0[start...])) }
                if taken > 0 { place.progress = now }
                if start + taken < bytes.count {
                    place.unsent = .bytes(bytes, from: start + taken)
                    block(client, place, now: now)
                    return false
                }
            }
        }
        guard !place.control.isEmpty else { return true }
        place.unsent = .bytes(place.control, from: 0)
        place.control = []
        return sendUnsent(client, place, now: now)
    }

    // MARK: Resets

    /// Tells the client that it may have missed something, and where it goes on: now.
    func reset(_ client: HubClient, _ reason: ResetReason, now: Int64) {
        counters.resets[reason, default: 0] += 1
        table.setSince(client, delivered, isLater: true)
        var filled: ClientPlace.Backfill?
        if let place = client.place {
            filled = place.backfill
            place.next = delivered
            place.catchUp = nil
            place.backfill = nil
            place.coalescing = nil
            place.missedBytes = 0
            place.isReplaying = false
        }
        switch client.form {
        case .webSocket: send(client, .reset(reason, cursor: cursor), now: now)
        case .eventStream, .userStream: sendControl(client, StreamMessage.reset(reason, cursor: cursor).bytes, now: now)
        }
        // Behind the reset: whoever is cut off between the two has not subscribed, instead of having subscribed with a hole.
        if let filled { answerSubscribed(client, cursor: cursor, id: filled.id, now: now) }
        if let place = client.place, !place.isBlocked { goLive(client) }
    }

    // MARK: Ends

    /// What a client waits before it comes back.
    func reconnectDelay() -> Int {
        settings.reconnectDelay + Int.random(in: 0...max(0, settings.reconnectJitter), using: &random)
    }

    /// Ends a connection with a code and, where the client may come back, a word about when. What it was being sent is finished first,
    /// as long as its connection takes it in time.
    public func close(_ client: HubClient, _ code: CloseCode, reason: String, now: HubTime) {
        close(client, code, reason: reason, now: now.milliseconds)
    }

    func close(_ client: HubClient, _ code: CloseCode, reason: String, isSentAway: Bool = false, now: Int64) {
        guard client.state == .open else { return }
        counters.closed[code, default: 0] += 1
        var bytes: [UInt8] = []
        switch client.form {
        case .webSocket:
            if isSentAway {
                let message = ServerMessage.reconnect(after: settings.reconnectDelay, jitter: settings.reconnectJitter)
                bytes = ServerFrame.text(message.json)
            }
            bytes += ServerFrame.close(code.rawValue, reason)
        case .eventStream, .userStream: bytes = StreamMessage.reconnect(after: reconnectDelay(), code).bytes
        }
        end(client, saying: bytes, now: now)
    }

    /// Ends a WebSocket connection because the client closed it or broke the protocol, with the frames that are still to be sent.
    /// What it was being sent is finished first, as long as its connection takes it in time.
    /// - Parameter code: why, when it was the client's fault.
    public func end(_ client: HubClient, saying frames: [UInt8], code: CloseCode?, now: HubTime) {
        guard client.state == .open else { return }
        if let code { counters.closed[code, default: 0] += 1 }
        end(client, saying: frames, now: now.milliseconds)
    }

    private func end(_ client: HubClient, saying bytes: [UInt8], now: Int64) {
        leave(client)
        client.state = .closing
        if let place = client.place {
            place.catchUp = nil
            place.backfill = nil
            place.coalescing = nil
        }
        sendControl(client, bytes, now: now)
        guard client.state == .closing else { return }
        if let place = client.place, place.isBlocked {
            place.closeBy = now + settings.slow.closing
            wheel.schedule(client.number, at: place.closeBy)
        } else {
            finish(client)
        }
    }

    func finish(_ client: HubClient) {
        client.state = .finished
        client.place = nil
        wheel.cancel(client.number)
        client.socket.finish()
    }

    /// Gives a connection up: nothing can be said to it.
    func abort(_ client: HubClient) {
        guard client.state == .open || client.state == .closing else { return }
        leave(client)
        client.state = .finished
        client.place = nil
        wheel.cancel(client.number)
        counters.aborted += 1
        client.socket.abort()
    }

    func sendAway(_ client: HubClient, now: Int64) {
        close(client, .restart, reason: "restart: come back and resume", isSentAway: true, now: now)
    }
}
