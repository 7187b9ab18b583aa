internal import CRDKafka

/// The argument array of `rd_kafka_produceva`, filled once with what never changes; per message only the changing words are
/// written. Used by one thread at a time.
struct MessageSlots: ~Copyable {
    private enum Slot: Int, CaseIterable {
        case topic, partition, flags, key, value, timestamp, opaque, headers
    }

    private let slots: UnsafeMutablePointer<rd_kafka_vu_t>

    init() {
        slots = .allocate(capacity: Slot.allCases.count)
        slots.initialize(repeating: rd_kafka_vu_t(), count: Slot.allCases.count)
        let types: [(Slot, rd_kafka_vtype_t)] = [
            (.topic, RD_KAFKA_VTYPE_RKT), (.partition, RD_KAFKA_VTYPE_PARTITION), (.flags, RD_KAFKA_VTYPE_MSGFLAGS),
            (.key, RD_KAFKA_VTYPE_KEY), (.value, RD_KAFKA_VTYPE_VALUE), (.timestamp, RD_KAFKA_VTYPE_TIMESTAMP),
            (.opaque, RD_KAFKA_VTYPE_OPAQUE), (.headers, RD_KAFKA_VTYPE_HEADERS),
        ]
        for (slot, type) in types {
            slots[slot.rawValue].vtype = type
        }
        slots[Slot.partition.rawValue].u.i32 = unassignedPartition
        slots[Slot.flags.rawValue].u.i = RD_KAFKA_MSG_F_COPY
    }

    deinit { slots.deallocate() }

    /// Offers one message to librdkafka, which copies key and value. Returns an error object that the caller owns, or nil when the
    /// message was taken; only then is the headers object librdkafka's.
    @inline(__always)
    func produce(
        _ client: OpaquePointer, topic: OpaquePointer, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        timestamp: Int64, opaque: UInt, headers: OpaquePointer?
    ) -> OpaquePointer? {
        store(topic, in: .topic)
        store(key, in: .key)
        store(value, in: .value)
        store(timestamp, in: .timestamp)
        store(opaque, in: .opaque)
        store(headers, in: .headers)
        return rd_kafka_produceva(client, slots, headers == nil ? Slot.headers.rawValue : Slot.allCases.count)
    }

    /// Writes one word of the union. The imported accessors would copy its 64 bytes of padding back and forth.
    @inline(__always)
    private func store<Word: BitwiseCopyable>(_ word: Word, in slot: Slot, at offset: Int = 0) {
        UnsafeMutableRawPointer(slots + slot.rawValue)
            .storeBytes(of: word, toByteOffset: Self.unionOffset + offset, as: Word.self)
    }

    /// Writes pointer and size: no buffer is a null pointer, an empty buffer never is.
    @inline(__always)
    private func store(_ bytes: UnsafeRawBufferPointer?, in slot: Slot) {
        guard let bytes else {
            store(UInt(0), in: slot)
            store(0, in: slot, at: MemoryLayout<UInt>.size)
            return
        }
        store(UInt(bitPattern: bytes.baseAddress ?? EmptyBytes.address), in: slot)
        store(bytes.count, in: slot, at: MemoryLayout<UInt>.size)
    }

    /// Behind the type tag, at the alignment of a pointer.
    private static let unionOffset = 8
}

/// `RD_KAFKA_PARTITION_UA`, a cast that Swift does not import: let the partitioner choose.
private let unassignedPartition: Int32 = -1
