/// Who is subscribed to what. Subscribing and leaving cost the same however many there are; showing an event to its receivers
/// allocates nothing and counts no references.
///
/// Subscribers are borrowed: whoever is in the table must be kept alive by its owner, and leave before it goes.
public struct SubscriptionTable<Client: Subscriber> {
    private static var none: UInt32 { .max }

    private struct Entry {
        let client: Unmanaged<Client>
        /// A number of ``TypeFilters``; the top bit is set for somebody who sees all events of the channel.
        var access: UInt32
        var link: UInt32

        static var fullAccess: UInt32 { 1 << 31 }
        var filter: UInt32 { access & ~Self.fullAccess }
        var isFull: Bool { access & Self.fullAccess != 0 }
    }

    private struct Channel {
        let name: ChannelName
        let isGuarded: Bool
        let mask: UInt64
        var entries: ContiguousArray<Entry> = []
    }

    /// One subscription, in its subscriber's list.
    private struct Link {
        var channel: UInt32
        /// Its place among the channel's entries.
        var index: UInt32
        var next: UInt32
        /// From this sequence number on its subscriber has the channel's events.
        var since: Int64
    }

    private var numbers: [ChannelName: UInt32] = [:]
    private var channels: ContiguousArray<Channel?> = []
    private var freeChannels: [UInt32] = []
    private var links: ContiguousArray<Link> = []
    private var freeLinks: [UInt32] = []
    private let filters = TypeFilters()

    public init() {}

    /// Subscriptions in all.
    public var count: Int { links.count - freeLinks.count }
    /// Channels with a subscriber.
    public var channelCount: Int { numbers.count }

    // MARK: Changes

    /// - Parameters:
    ///   - seesAll: also events that belong to another user.
    ///   - since: the sequence number from which on the client has the channel's events.
    /// - Returns: false when the client was subscribed already; the filter and the access are the new ones then.
    @discardableResult
    public mutating func subscribe(
        _ client: Client, to name: ChannelName, types: EventTypes? = nil, seesAll: Bool, since: Int64 = 0
    ) -> Bool {
        let access = filters.acquire(types) | (seesAll ? Entry.fullAccess : 0)
        if let number = numbers[name], let link = find(number, in: client.subscriptions) {
            let index = Int(links[Int(link)].index)
            filters.release(channels[Int(number)]?.entries[index].filter ?? 0)
            channels[Int(number)]?.entries[index].access = access
            return false
        }
        let number = numbers[name] ?? open(name)
        let link = freeLinks.popLast() ?? UInt32(links.count)
        let index = UInt32(channels[Int(number)]?.entries.count ?? 0)
        let made = Link(channel: number, index: index, next: client.subscriptions.first, since: since)
        if Int(link) == links.count { links.append(made) } else { links[Int(link)] = made }
        client.subscriptions.first = link
        client.subscriptions.count += 1
        channels[Int(number)]?.entries.append(Entry(client: .passUnretained(client), access: access, link: link))
        return true
    }

    /// - Returns: false when the client was not subscribed.
    @discardableResult
    public mutating func unsubscribe(_ client: Client, from name: ChannelName) -> Bool {
        guard let number = numbers[name], let link = find(number, in: client.subscriptions) else { return false }
        let next = links[Int(link)].next
        if client.subscriptions.first == link {
            client.subscriptions.first = next
        } else {
            var before = client.subscriptions.first
            while links[Int(before)].next != link { before = links[Int(before)].next }
            links[Int(before)].next = next
        }
        client.subscriptions.count -= 1
        remove(link)
        return true
    }

    public mutating func unsubscribeFromAll(_ client: Client) {
        var link = client.subscriptions.first
        while link != Self.none {
            let next = links[Int(link)].next
            remove(link)
            link = next
        }
        client.subscriptions = SubscriptionList()
    }

    /// From this sequence number on the client has the events of all its channels.
    /// - Parameter isLater: where it had them from an earlier one on, this one counts.
    mutating func setSince(_ client: Client, _ since: Int64, isLater: Bool) {
        var link = client.subscriptions.first
        while link != Self.none {
            links[Int(link)].since = isLater ? max(links[Int(link)].since, since) : since
            link = links[Int(link)].next
        }
    }

    private mutating func open(_ name: ChannelName) -> UInt32 {
        let number = freeChannels.popLast() ?? UInt32(channels.count)
        let channel = Channel(name: name, isGuarded: name.isGuarded, mask: name.maskBit)
        if Int(number) == channels.count { channels.append(channel) } else { channels[Int(number)] = channel }
        numbers[name] = number
        return number
    }

    /// Takes the subscription out of its channel; the last entry gets its place.
    private mutating func remove(_ link: UInt32) {
        let number = Int(links[Int(link)].channel)
        let index = Int(links[Int(link)].index)
        freeLinks.append(link)
        guard let gone = channels[number]?.entries[index], let last = channels[number]?.entries.popLast() else { return }
        filters.release(gone.filter)
        if last.link != link {
            channels[number]?.entries[index] = last
            links[Int(last.link)].index = UInt32(index)
        }
        if let channel = channels[number], channel.entries.isEmpty {
            numbers[channel.name] = nil
            channels[number] = nil
            freeChannels.append(UInt32(number))
        }
    }

    private func find(_ channel: UInt32, in list: SubscriptionList) -> UInt32? {
        var link = list.first
        while link != Self.none {
            if links[Int(link)].channel == channel { return link }
            link = links[Int(link)].next
        }
        return nil
    }

    // MARK: Events

    /// Calls `body` once for everybody who is to see the event. It must not change the table.
    @inline(__always)
    public func forEachReceiver(of event: RealtimeEvent, _ body: (Client) -> Void) {
        visit(.everything, event, body)
        for name in event.channels { visit(name, event, body) }
    }

    @inline(__always)
    private func visit(_ name: ChannelName, _ event: RealtimeEvent, _ body: (Client) -> Void) {
        guard let number = numbers[name], let channel = channels[Int(number)] else { return }
        let isRestricted = channel.isGuarded && event.owner != nil
        channel.entries.withUnsafeBufferPointer { entries in
            for entry in entries {
                entry.client._withUnsafeGuaranteedRef { client in
                    guard client.lastSequence != event.sequence else { return }
                    if entry.filter != 0, !filters.admits(event, entry.filter) { return }
                    if isRestricted, !entry.isFull, client.user != event.owner { return }
                    client.lastSequence = event.sequence
                    body(client)
                }
            }
        }
    }

    /// Calls `body` with each of the client's channels by which it is to see the event, and with the sequence number from which on it
    /// has that channel's events.
    @inline(__always)
    func forEachMatch(_ client: Client, _ event: RealtimeEvent, _ body: (ChannelName, _ since: Int64) -> Void) {
        var link = client.subscriptions.first
        while link != Self.none {
            let place = links[Int(link)]
            link = place.next
            guard let channel = channels[Int(place.channel)], channel.mask & event.channelMask != 0,
                channel.name == .everything || event.channels.contains(channel.name)
            else { continue }
            let entry = channel.entries[Int(place.index)]
            guard filters.admits(event, entry.filter) else { continue }
            if channel.isGuarded, !entry.isFull, let owner = event.owner, client.user != owner { continue }
            body(channel.name, place.since)
        }
    }

    /// Whether the client is to see the event.
    public func matches(_ client: Client, _ event: RealtimeEvent) -> Bool {
        var isMatch = false
        forEachMatch(client, event) { _, _ in isMatch = true }
        return isMatch
    }

    /// The bits of the client's channels: an event without one of them is not for it.
    func mask(of client: Client) -> UInt64 {
        var mask: UInt64 = 0
        var link = client.subscriptions.first
        while link != Self.none {
            mask |= channels[Int(links[Int(link)].channel)]?.mask ?? 0
            link = links[Int(link)].next
        }
        return mask
    }

    // MARK: Looking

    public func contains(_ client: Client, _ name: ChannelName) -> Bool {
        numbers[name].map { find($0, in: client.subscriptions) != nil } ?? false
    }

    /// In the order in which the client subscribed.
    public func channels(of client: Client) -> [ChannelName] {
        var names: [ChannelName] = []
        var link = client.subscriptions.first
        while link != Self.none {
            if let channel = channels[Int(links[Int(link)].channel)] { names.append(channel.name) }
            link = links[Int(link)].next
        }
        return names.reversed()
    }

    /// The filter of a subscription; nil when there is none.
    public func types(of client: Client, _ name: ChannelName) -> EventTypes? {
        guard let number = numbers[name], let link = find(number, in: client.subscriptions),
            let entry = channels[Int(number)]?.entries[Int(links[Int(link)].index)]
        else { return nil }
        return filters.types(entry.filter)
    }

    /// Every channel that has subscribers, with their number.
    public func forEachChannel(_ body: (ChannelName, Int) -> Void) {
        for channel in channels { if let channel { body(channel.name, channel.entries.count) } }
    }
}
