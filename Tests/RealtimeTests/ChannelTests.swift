import Realtime
import Testing

struct ChannelTests {
    @Test(arguments: [
        ("public", true), ("user:7", true), ("order:42", true), ("A-z_0.9:x", true), (String(repeating: "a", count: 128), true),
        ("", false), (String(repeating: "a", count: 129), false), ("a b", false), ("a,b", false), ("ä", false), ("a\n", false),
        ("a/b", false), ("a;b", false), ("a@b", false), ("*", false),
    ])
    func `Which texts are names`(text: String, isName: Bool) {
        #expect((ChannelName(text) != nil) == isName)
    }

    @Test(arguments: [
        ("order:*", "order:42", true), ("order:*", "orders", false), ("order:42", "order:42", true),
        ("order:42", "order:421", false),
        ("*", "all", true), ("a*b", "a*b", false),
    ])
    func `A pattern is a name or a beginning`(pattern: String, name: String, matches: Bool) {
        #expect((ChannelName(name).flatMap { ChannelPattern(pattern)?.matches($0) } ?? false) == matches)
    }

    // MARK: Access

    private static let seven = AccessGrant(user: "7", channels: ["order:1", "shop:*"].compactMap { ChannelPattern($0) })
    private static let jwt = AccessRules(.tokens(anonymous: false))
    private static let anonymous = AccessRules(.tokens(anonymous: true))

    @Test(
        arguments: [
            ("public", .full), ("user:7", .full), ("user:8", .denied), ("user:", .denied), ("all", .denied), ("order:1", .full),
            ("order:2", .own),
            ("shop:9", .full), ("shop", .own),
        ] as [(String, ChannelAccess)])
    func `Somebody with a token sees public, own, and what the token names`(name: String, access: ChannelAccess) throws {
        #expect(Self.jwt.access(to: try #require(ChannelName(name)), with: Self.seven) == access)
    }

    @Test(arguments: ["public", "user:7", "order:1", "all"])
    func `Somebody without one sees public only, when that is allowed, and everything without authentication`(name: String) throws
    {
        let channel = try #require(ChannelName(name))
        #expect(Self.jwt.access(to: channel, with: nil) == .denied)
        #expect(Self.anonymous.access(to: channel, with: nil) == (name == "public" ? .full : .denied))
        #expect(AccessRules(.open).access(to: channel, with: nil) == .full)
    }

    @Test
    func `A claim of everything is a claim of all`() throws {
        let grant = AccessGrant(user: "7", channels: [try #require(ChannelPattern("*"))])
        #expect(Self.jwt.access(to: .everything, with: grant) == .full)
    }

    @Test
    func `What somebody gets who names no channels`() {
        #expect(Self.jwt.defaultChannels(for: Self.seven).map(\.text) == ["public", "user:7"])
        #expect(Self.jwt.defaultChannels(for: AccessGrant(user: "a b")).map(\.text) == ["public"])
        #expect(Self.anonymous.defaultChannels(for: nil).map(\.text) == ["public"])
        #expect(AccessRules(.open).defaultChannels(for: nil).map(\.text) == ["all"])
    }

    @Test(arguments: [([], false), (["A"], true), (["A", "a b"], false), (["A", ""], false)])
    func `A type filter is of names`(names: [String], isFilter: Bool) {
        #expect((EventTypes(names) != nil) == isFilter)
        #expect(EventTypes((0..<65).map { "T\($0)" }) == nil)
        #expect(EventTypes(["B", "A", "B"])?.names == ["A", "B"])
    }

    // MARK: Table

    private final class Somebody: Subscriber {
        let user: String?
        var subscriptions = SubscriptionList()
        var lastSequence: Int64 = -1

        init(_ user: String? = nil) { self.user = user }
    }

    /// Against a dictionary that does the same slowly.
    @Test
    func `An event is shown once to everybody who is to see it, whatever changed before`() throws {
        var random = SeededRandom(5)
        let names = ["all", "public", "user:1", "order:1", "order:2"].compactMap { ChannelName($0) }
        let types = [nil, EventTypes(["A"]), EventTypes(["A", "B"]), EventTypes(["C"])]
        let people = (0..<12).map { Somebody($0 % 3 == 0 ? nil : String($0 % 3)) }
        var table = SubscriptionTable<Somebody>()
        var model: [Int: [ChannelName: (types: EventTypes?, seesAll: Bool)]] = [:]
        var sequencer = EventSequencer(epoch: 1, start: Positions())
        for step in 0..<4_000 {
            let number = random.next(below: people.count)
            let name = names[random.next(below: names.count)]
            switch random.next(below: 8) {
            case 0..<4:
                let filter = types[random.next(below: 4)]
                let seesAll = random.once(in: 2)
                let isNew = table.subscribe(people[number], to: name, types: filter, seesAll: seesAll)
                #expect(isNew == (model[number]?[name] == nil))
                model[number, default: [:]][name] = (filter, seesAll)
            case 4, 5: #expect(table.unsubscribe(people[number], from: name) == (model[number]?.removeValue(forKey: name) != nil))
            case 6 where random.once(in: 4):
                table.unsubscribeFromAll(people[number])
                model[number] = nil
            default: break
            }
            #expect(Set(table.channels(of: people[number])) == Set(model[number]?.keys.map { $0 } ?? []))
            #expect(table.count == model.values.reduce(0) { $0 + $1.count })
            #expect(table.channelCount == Set(model.values.flatMap(\.keys)).count)

            let owner = [nil, "1", "2"][random.next(below: 3)]
            let channels = names.dropFirst().filter { _ in random.once(in: 2) }.map(\.text).joined(separator: ",")
            _ = sequencer.take(
                .event(
                    "e\(step)", offset: Int64(step), channels: channels, type: ["A", "B", "C"][random.next(below: 3)], user: owner
                ))
            let event = try #require(sequencer.takeBatch()?.events.first)
            var seen: [ObjectIdentifier: Int] = [:]
            table.forEachReceiver(of: event) { seen[ObjectIdentifier($0), default: 0] += 1 }
            for (number, somebody) in people.enumerated() {
                let isShown = (model[number] ?? [:]).contains { name, held in
                    (name == .everything || event.channels.contains(name)) && held.types?.contains(event.eventType) != false
                        && (!name.isGuarded || held.seesAll || event.owner == nil || event.owner == somebody.user)
                }
                #expect(seen[ObjectIdentifier(somebody)] == (isShown ? 1 : nil))
                #expect(table.matches(somebody, event) == isShown)
            }
        }
    }
}
