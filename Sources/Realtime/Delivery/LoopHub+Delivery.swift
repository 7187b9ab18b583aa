extension LoopHub {
    /// Gives out what has come in since the last time.
    func flush(now: Int64) {
        flushAt = nil
        while delivered < ring.end {
            let end = min(ring.end, delivered + Int64(Gathering.limit))
            if end == delivered + 1 {
                fanOut(ring.slot(delivered).event, now: now)
            } else {
                gather(delivered..<end, now: now)
            }
            delivered = end
        }
        liveCursorText = nil
        judgeOverdue(now: now)
        serveReaders(now: now)
    }

    /// One event to everybody at once: a write for each, and nothing else.
    private func fanOut(_ event: RealtimeEvent, now: Int64) {
        var bytes = EventBytes(event)
        var writes = 0
        var written = 0
        table.forEachReceiver(of: event) { client in
            guard let buffer = bytes.bytes(for: client.form) else { return }
            if client.place != nil { return missed(client, buffer.count) }
            let taken = client.socket.write(buffer)
            writes += 1
            written += taken
            if taken < buffer.count { fallBehind(client, event, taken: taken, of: buffer.count, now: now) }
        }
        counters.writes += writes
        counters.deliveries += writes
        counters.deliveredBytes += written
    }

    /// Several events: collected for each client first, so that each gets its own in one call.
    private func gather(_ range: Range<Int64>, now: Int64) {
        var work = Gathering()
        swap(&work, &gathering)
        defer { swap(&work, &gathering) }
        for sequence in range {
            let event = ring.slot(sequence).event
            var bytes = EventBytes(event)
            let index = Int32(work.events.count)
            table.forEachReceiver(of: event) { client in
                guard let buffer = bytes.bytes(for: client.form) else { return }
                if client.place != nil { return missed(client, buffer.count) }
                let node = Int32(work.nodes.count)
                work.nodes.append(.init(event: index, next: -1))
                if client.gatheredFirst < 0 {
                    client.gatheredFirst = node
                    work.touched.append(.passUnretained(client))
                } else {
                    work.nodes[Int(client.gatheredLast)].next = node
                }
                client.gatheredLast = node
            }
            work.events.append(bytes)
        }
        for client in work.touched { client._withUnsafeGuaranteedRef { give($0, &work, now: now) } }
        work.events.removeAll(keepingCapacity: true)
        work.nodes.removeAll(keepingCapacity: true)
        work.touched.removeAll(keepingCapacity: true)
    }

    /// What was collected for one client.
    private func give(_ client: HubClient, _ work: inout Gathering, now: Int64) {
        work.buffers.removeAll(keepingCapacity: true)
        var total = 0
        var node = client.gatheredFirst
        while node >= 0 {
            let event = Int(work.nodes[Int(node)].event)
            if let buffer = work.events[event].bytes(for: client.form) {
                work.buffers.append(buffer)
                total += buffer.count
            }
            node = work.nodes[Int(node)].next
        }
        let taken =
            work.buffers.count == 1
            ? client.socket.write(work.buffers[0]) : work.buffers.withUnsafeBufferPointer { client.socket.write($0) }
        counters.writes += 1
        counters.deliveredBytes += taken
        counters.deliveries += work.buffers.count
        if taken < total {
            var rest = taken
            node = client.gatheredFirst
            while node >= 0 {
                let index = Int(work.nodes[Int(node)].event)
                let count = work.events[index].bytes(for: client.form)?.count ?? 0
                if client.place != nil {
                    missed(client, count)
                    counters.deliveries -= 1
                } else if rest < count {
                    fallBehind(client, work.events[index].event, taken: rest, of: count, now: now)
                } else {
                    rest -= count
                }
                node = work.nodes[Int(node)].next
            }
        }
        client.gatheredFirst = -1
        client.gatheredLast = -1
    }

    /// The connection took only a part of the event's bytes, or none.
    @inline(never)
    private func fallBehind(_ client: HubClient, _ event: RealtimeEvent, taken: Int, of count: Int, now: Int64) {
        let place = ClientPlace(next: event.sequence + (taken > 0 ? 1 : 0), now: now)
        place.isBlocked = true
        if taken > 0 {
            place.unsent = .event(event, from: taken)
        } else {
            counters.deliveries -= 1
            place.missedBytes = count
        }
        client.place = place
        counters.blocked += 1
        // Never later than before: one that stops and goes on again and again would not be looked at any more.
        wheel.advance(client.number, to: now + min(settings.slow.age, settings.slow.stall))
    }

    /// An event for somebody who is behind. It waits in the history.
    @inline(never)
    private func missed(_ client: HubClient, _ count: Int) {
        guard let place = client.place else { return }
        place.missedBytes += count
        guard place.isBlocked, place.missedBytes > settings.slow.bytes, !place.isOverdue else { return }
        place.isOverdue = true
        overdue.append(client)
    }

    // MARK: Slow clients

    private func judgeOverdue(now: Int64) {
        guard !overdue.isEmpty else { return }
        let slow = overdue
        overdue = []
        for client in slow where client.state == .open {
            guard let place = client.place else { continue }
            place.isOverdue = false
            restrain(client, place, now: now)
        }
    }

    /// A client over a limit: it is spared what is superseded, if its channels allow that for everything that it missed; else it is
    /// closed, and resumes from its cursor when it can.
    func restrain(_ client: HubClient, _ place: ClientPlace, now: Int64) {
        if place.next >= ring.first, place.catchUp == nil, place.backfill == nil, missedOnlyCoalescing(client, place) {
            if place.coalescing == nil {
                place.coalescing = .init(until: place.next)
                counters.coalesced += 1
            }
            place.missedBytes = 0
            place.oldest = now
        } else {
            close(client, .slow, reason: "too slow: resume from the last cursor", now: now)
        }
    }

    private func missedOnlyCoalescing(_ client: HubClient, _ place: ClientPlace) -> Bool {
        guard !settings.coalescing.isEmpty else { return false }
        let mask = table.mask(of: client)
        var sequence = place.next
        while sequence < delivered {
            let slot = ring.slot(sequence)
            if slot.mask & mask != 0, match(client, slot.event) == .always { return false }
            sequence += 1
        }
        return true
    }

    enum Match {
        case none
        case always
        /// On channels only of which the latest of each key is enough.
        case latest
    }

    func match(_ client: HubClient, _ event: RealtimeEvent) -> Match {
        var result = Match.none
        table.forEachMatch(client, event) { name, _ in
            if result != .always {
                result = settings.coalescing.contains { $0.matches(name) } ? .latest : .always
            }
        }
        return result
    }
}
