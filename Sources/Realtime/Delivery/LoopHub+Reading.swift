extension LoopHub {
    /// What became of a client that read on.
    private enum Progress {
        /// It is no reader any more: live, blocked, or closed.
        case done
        /// It waits for the reader of the topic.
        case waits
        /// It could go on at once.
        case more
    }

    func addReader(_ client: HubClient) {
        guard let place = client.place, place.readerIndex < 0 else { return }
        place.readerIndex = readers.count
        readers.append(client)
    }

    func removeReader(_ client: HubClient) {
        guard let place = client.place, place.readerIndex >= 0 else { return }
        let index = place.readerIndex
        place.readerIndex = -1
        guard let last = readers.popLast(), last !== client else { return }
        readers[index] = last
        last.place?.readerIndex = index
    }

    /// Each reader gets a turn, until the events of one turn of the loop are used up.
    func serveReaders(now: Int64) {
        needsTurn = false
        serveWaiting(now: now)
        guard !readers.isEmpty else { return }
        var budget = settings.turnEvents
        var left = readers.count
        if nextReader >= readers.count { nextReader = 0 }
        while left > 0, !readers.isEmpty {
            guard budget > 0 else {
                needsTurn = true
                return
            }
            left -= 1
            if nextReader >= readers.count { nextReader = 0 }
            let client = readers[nextReader]
            switch readOn(client, &budget, now: now) {
            case .done: break  // Another one has its place now.
            case .waits: nextReader += 1
            case .more:
                nextReader += 1
                needsTurn = true
            }
        }
    }

    /// One reader's turn, out of the others' order.
    func serve(_ client: HubClient, now: Int64) {
        var budget = settings.turnEvents
        if readOn(client, &budget, now: now) == .more { needsTurn = true }
    }

    private func readOn(_ client: HubClient, _ budget: inout Int, now: Int64) -> Progress {
        guard client.state == .open, let place = client.place, !place.isBlocked else {
            removeReader(client)
            return .done
        }
        if place.catchUp?.isProven == false {
            switch ProofCheck(place.catchUp?.cursor ?? Cursor(epoch: 0, proof: nil, positions: Positions()), ring: ring) {
            case .holds: place.catchUp?.isProven = true
            case .ahead: return .waits
            case .fails:
                reset(client, .unproven, now: now)
                return .done
            }
        }
        guard place.next >= ring.first else {
            reset(client, .overrun, now: now)
            return .done
        }
        let mask = table.mask(of: client)
        var events = min(settings.readerEvents, budget)
        var bytes = settings.readerBytes
        while true {
            if let backfill = place.backfill, place.next >= backfill.until {
                place.backfill = nil
                answerSubscribed(client, cursor: backfill.cursor, id: backfill.id, now: now)
                if place.isBlocked { return .done }
            }
            guard place.next < delivered else { break }
            guard events > 0, bytes > 0 else { return .more }
            let before = place.next
            let isGoingOn = readRun(client, place, mask, limit: events, &bytes, now: now)
            events -= Int(place.next - before)
            budget -= Int(place.next - before)
            guard isGoingOn else { return .done }
        }
        place.missedBytes = 0
        place.isReplaying = false
        if let coalescing = place.coalescing, coalescing.until <= place.next { place.coalescing = nil }
        if let catchUp = place.catchUp {
            guard isCovered(catchUp.cursor.positions) else { return .waits }
            endCatchUp(client, place, at: delivered)
        }
        goLive(client)
        return .done
    }

    /// From here on the instance's order says what the client has had.
    private func endCatchUp(_ client: HubClient, _ place: ClientPlace, at sequence: Int64) {
        if place.catchUp != nil { counters.recovered += 1 }
        if let catchUp = place.catchUp, catchUp.hasSent {
            client.mergedPast = MergedPast(until: sequence, given: catchUp.given)
        } else {
            table.setSince(client, sequence, isLater: true)
        }
        place.catchUp = nil
    }

    /// Whether a client that has a channel's events since this sequence number was sent this one.
    private func hasHad(_ client: HubClient, _ event: RealtimeEvent, since: Int64) -> Bool {
        guard since <= event.sequence else { return false }
        guard let past = client.mergedPast, event.sequence < past.until else { return true }
        return event.offset >= past.given[event.partition]
    }

    /// Whether everybody who is live has had everything below these positions.
    func isCovered(_ positions: Positions) -> Bool {
        if delivered == ring.end { return ring.positions.covers(positions) }
        guard let cursor = try? Cursor(cursorText(before: delivered)) else { return false }
        return cursor.positions.covers(positions)
    }

    func goLive(_ client: HubClient) {
        removeReader(client)
        client.place = nil
    }

    /// Sends what concerns the client out of the next events, in one call to the system as far as its frames are shared.
    /// - Returns: false when the connection is blocked.
    private func readRun(
        _ client: HubClient, _ place: ClientPlace, _ mask: UInt64, limit: Int, _ bytes: inout Int, now: Int64
    ) -> Bool {
        if place.coalescing.map({ $0.until <= place.next }) ?? false { findLatest(client, place, mask) }
        gathering.buffers.removeAll(keepingCapacity: true)
        gathering.sequences.removeAll(keepingCapacity: true)
        var end = min(delivered, place.next + Int64(limit))
        if let backfill = place.backfill { end = min(end, backfill.until) }
        if let coalescing = place.coalescing { end = min(end, coalescing.until) }
        // From here on the shared cursors are right for this client as well.
        var covered = Int64.max
        defer { if place.next > covered { endCatchUp(client, place, at: covered) } }
        var sequence = place.next
        while sequence < end, gathering.buffers.count < Gathering.limit, bytes > 0 {
            let slot = ring.slot(sequence)
            if slot.mask & mask != 0, isWanted(client, place, slot.event) {
                if let cursor = ownCursor(place, slot.event, &covered) {
                    guard sendGathered(client, place, through: sequence, now: now) else { return false }
                    guard sendOwn(client, place, slot.event, cursor: cursor, &bytes, now: now) else { return false }
                } else if let buffer = slot.event.bytes(for: client.form) {
                    gathering.buffers.append(buffer)
                    gathering.sequences.append(sequence)
                    bytes -= buffer.count
                }
            }
            sequence += 1
        }
        return sendGathered(client, place, through: sequence, now: now)
    }

    private func isWanted(_ client: HubClient, _ place: ClientPlace, _ event: RealtimeEvent) -> Bool {
        if let backfill = place.backfill {
            guard event.offset >= backfill.after[event.partition] else { return false }
            var isNew = false
            var isOld = false
            table.forEachMatch(client, event) { name, since in
                if backfill.channels.contains(name) {
                    isNew = true
                } else if hasHad(client, event, since: since) {
                    isOld = true
                }
            }
            return isNew && !isOld
        }
        if let catchUp = place.catchUp, event.offset < catchUp.cursor.positions[event.partition] { return false }
        guard let coalescing = place.coalescing else { return table.matches(client, event) }
        switch match(client, event) {
        case .none: return false
        case .always: return true
        case .latest:
            guard let key = event.coalescingKey, let latest = coalescing.latest[key], latest != event.sequence else {
                return true
            }
            counters.superseded += 1
            return false
        }
    }

    /// The cursor that an event must carry for this client alone; nil when the shared one is right.
    /// - Parameter covered: the first event of which the shared one is right.
    private func ownCursor(_ place: ClientPlace, _ event: RealtimeEvent, _ covered: inout Int64) -> OwnCursor? {
        if let backfill = place.backfill { return .fixed(backfill.cursor) }
        guard covered == .max, let catchUp = place.catchUp, let shared = try? Cursor(event.cursorText) else { return nil }
        if shared.positions.covers(catchUp.cursor.positions) {
            covered = event.sequence
            return nil
        }
        let positions = shared.positions.union(catchUp.cursor.positions)
        return .moving(Cursor(epoch: shared.epoch, proof: shared.proof, positions: positions))
    }

    private enum OwnCursor {
        /// It stays where it is.
        case fixed(String)
        /// The client stands there once it has the event.
        case moving(Cursor)
    }

    /// Which events are the latest of their keys, out of all that the client missed so far.
    private func findLatest(_ client: HubClient, _ place: ClientPlace, _ mask: UInt64) {
        var coalescing = ClientPlace.Coalescing(until: delivered)
        var sequence = place.next
        while sequence < delivered {
            let slot = ring.slot(sequence)
            if slot.mask & mask != 0, let key = slot.event.coalescingKey, match(client, slot.event) == .latest {
                coalescing.latest[key] = sequence
            }
            sequence += 1
        }
        place.coalescing = coalescing
    }

    /// - Parameter end: the client is there when everything was taken.
    private func sendGathered(_ client: HubClient, _ place: ClientPlace, through end: Int64, now: Int64) -> Bool {
        defer {
            gathering.buffers.removeAll(keepingCapacity: true)
            gathering.sequences.removeAll(keepingCapacity: true)
        }
        guard !gathering.buffers.isEmpty else {
            place.next = end
            return true
        }
        var taken = gathering.buffers.withUnsafeBufferPointer { client.socket.write($0) }
        counters.deliveredBytes += taken
        if taken > 0 { place.progress = now }
        for (index, buffer) in gathering.buffers.enumerated() {
            let sequence = gathering.sequences[index]
            guard taken < buffer.count else {
                taken -= buffer.count
                counters.deliveries += 1
                place.missedBytes = max(0, place.missedBytes - buffer.count)
                continue
            }
            place.next = taken > 0 ? sequence + 1 : sequence
            if taken > 0 {
                place.unsent = .event(ring.slot(sequence).event, from: taken)
                counters.deliveries += 1
            }
            block(client, place, now: now)
            return false
        }
        place.next = end
        return true
    }

    /// An event in a frame for this client alone.
    private func sendOwn(
        _ client: HubClient, _ place: ClientPlace, _ event: RealtimeEvent, cursor: OwnCursor, _ budget: inout Int, now: Int64
    ) -> Bool {
        place.next = event.sequence + 1
        let text: String
        switch cursor {
        case .fixed(let fixed): text = fixed
        case .moving(let moved):
            place.catchUp?.cursor = moved
            place.catchUp?.hasSent = true
            text = moved.text
        }
        guard let bytes = event.bytes(for: client.form, cursor: text) else { return true }
        budget -= bytes.count
        counters.deliveries += 1
        let taken = bytes.withUnsafeBytes { client.socket.write($0) }
        counters.deliveredBytes += taken
        if taken > 0 { place.progress = now }
        guard taken < bytes.count else { return true }
        place.unsent = .bytes(bytes, from: taken)
        block(client, place, now: now)
        return false
    }

    /// The connection takes no more.
    func block(_ client: HubClient, _ place: ClientPlace, now: Int64) {
        removeReader(client)
        place.isBlocked = true
        counters.blocked += 1
        if place.next >= ring.first, place.next < delivered {
            place.oldest = max(place.oldest, ring.slot(place.next).arrival)
        } else {
            place.oldest = now
        }
        wheel.advance(client.number, to: now + min(settings.slow.age, settings.slow.stall))
    }
}
