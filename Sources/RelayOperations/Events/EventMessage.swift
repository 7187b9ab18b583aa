/// A message that an operator publishes, in values of its own.
struct EventMessage: Sendable {
    var topic: String
    let eventID: String
    let key: [UInt8]?
    let value: [UInt8]?
    var headers: [(name: String, value: [UInt8]?)]

    /// What counts against the topic's limit: key, value, headers (3 bytes more each) and 36.
    var encodedSize: Int {
        headers.reduce((key?.count ?? 0) + (value?.count ?? 0) + 36) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) + 3 }
    }

    mutating func mark(_ name: String, _ value: String) {
        headers.removeAll { $0.name == name }
        headers.append((name, Array(value.utf8)))
    }
}
