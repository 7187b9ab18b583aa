internal import CRDKafka
internal import Glibc

/// One String per topic of a client, found by librdkafka's topic object, so that no record makes a String of its own.
struct TopicNames: ~Copyable {
    private struct Entry {
        let object: OpaquePointer
        let characters: UnsafeMutablePointer<CChar>
        let name: String
    }

    private var entries: [Entry] = []
    private var latest = 0

    init() {}

    deinit {
        for entry in entries {
            free(entry.characters)
        }
    }

    /// The name of a topic object. An object's address may be used again for another topic, so the characters are compared as well.
    mutating func name(of object: OpaquePointer) -> String {
        guard let characters = rd_kafka_topic_name(object) else { return "" }
        if latest < entries.count, Self.is(entries[latest], object, characters) { return entries[latest].name }
        if let index = entries.firstIndex(where: { Self.is($0, object, characters) }) {
            latest = index
            return entries[index].name
        }
        guard let copy = strdup(characters) else { return String(cString: characters) }
        if let stale = entries.firstIndex(where: { $0.object == object }) {
            free(entries[stale].characters)
            entries.remove(at: stale)
        }
        latest = entries.count
        entries.append(Entry(object: object, characters: copy, name: String(cString: characters)))
        return entries[latest].name
    }

    @inline(__always)
    private static func `is`(_ entry: Entry, _ object: OpaquePointer, _ characters: UnsafePointer<CChar>) -> Bool {
        entry.object == object && strcmp(entry.characters, characters) == 0
    }
}
