import CommandLineKit

/// What a running relay says about itself on `/status`, as far as it is shown.
package struct RelayAnswer: Sendable {
    let document: JSONValue

    /// nil when the document is not a relay's.
    package init?(_ body: String) {
        guard let document = JSONReader.read(body), document["phase"]?.text != nil else { return nil }
        self.document = document
    }

    /// Asks the relay at the address. Throws why there is no answer.
    static func fetch(_ address: StatusAddress) throws(OperationError) -> RelayAnswer {
        guard let answer = RelayAnswer(try StatusClient(address).get("/status")) else {
            throw OperationError("\(address)/status: it is not an outbox-relay that answers there")
        }
        return answer
    }

    var phase: String { document["phase"]?.text ?? "" }
    /// It claims rows instead of streaming.
    var isPolling: Bool { document["mode"]?.text == "polling" }
    var slot: String { document["slot"]?.text ?? "" }
    var isReady: Bool { document["ready"]?.isTrue ?? false }
    /// Waiting for another instance is what a second instance is for.
    var isStandingBy: Bool { phase == "standby" }
    var publishedEvents: Int64 { document["published_events"]?.integer ?? 0 }
    var deliveryP99: Double? { document["delivery_p99_seconds"]?.number }

    /// Everything but the configuration, which is for whoever asks for it.
    var shown: JSONValue {
        guard case .object(let members) = document else { return document }
        return .object(members.filter { $0.name != "configuration" })
    }
}
