import Glibc

/// What clients may be sent: each event's frame as the first one got it, checked then against the envelope that was written to
/// Kafka; everybody else's has to be the same, byte for byte. Used by one thread.
final class FrameLog {
    private let template: EventTemplate
    private var frames: ContiguousArray<UnsafeRawBufferPointer?> = []

    init(_ template: EventTemplate) { self.template = template }

    deinit { for frame in frames { frame?.deallocate() } }

    /// The whole frame of an event; nil when nobody has got it yet.
    @inline(__always)
    func frame(_ number: Int) -> UnsafeRawBufferPointer? { number < frames.count ? frames[number] : nil }

    /// Keeps a frame when it is that event's: a text frame that holds the envelope unchanged.
    func keep(_ frame: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer, as number: Int) -> Bool {
        let envelope = template.envelope(number)
        let start = payload.count - 1 - envelope.count
        guard start > 0, payload.starts(with: EventTemplate.frameStart.utf8), payload.last == UInt8(ascii: "}"),
            payload[start..<(payload.count - 1)].elementsEqual(envelope)
        else { return false }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: frame.count, alignment: 16)
        copy.copyMemory(from: frame)
        while frames.count <= number { frames.append(nil) }
        frames[number]?.deallocate()
        frames[number] = UnsafeRawBufferPointer(copy)
        return true
    }

    /// Where a client stands that has had everything up to this event.
    func cursor(after number: Int) -> String? {
        guard let frame = frame(number) else { return nil }
        return Self.cursor(in: String(decoding: frame, as: UTF8.self))
    }

    /// The cursor that a message names.
    static func cursor(in text: String) -> String? {
        guard let start = text.firstRange(of: "\"cursor\":\"")?.upperBound, let end = text[start...].firstIndex(of: "\"") else {
            return nil
        }
        return String(text[start..<end])
    }
}

/// The events of a measurement, made from their numbers.
struct EventTemplate: Sendable {
    /// How the message of an event begins.
    static let frameStart = "{\"type\":\"event\","

    /// All of one aggregate, so that they are in one partition and have one order.
    let key = Array("1".utf8)

    func envelope(_ number: Int) -> [UInt8] {
        let digits = String(number)
        let id = String(repeating: "0", count: 12 - digits.utf8.count) + digits
        return Array(
            """
            {"event_id":"5bd7a3c1-0c44-4e5b-9d0f-\(id)","event_type":"PRODUCT_STOCK_CHANGED","aggregate_type":"PRODUCT",\
            "aggregate_id":"1","occurred_at":"2026-01-01T00:00:00.000Z","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",\
            "payload":{"product_id":1,"stock":\(number % 1_000 + 1_000),"warehouse":"north","reserved":12}}
            """.utf8)
    }
}
