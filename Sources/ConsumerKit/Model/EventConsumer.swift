/// A consumer: what it reads, and how a batch of events becomes effects.
///
/// The kit does everything else: reading, decoding, claiming event ids, the transaction, retries, dead letters, offsets.
public protocol EventConsumer: Sendable {
    var definition: ConsumerDefinition { get }

    /// Applies events that were never applied before, in the order given, inside the kit's transaction.
    ///
    /// Within one partition the order is Kafka's. An event that cannot be applied by its own fault, before anything was done for it, is
    /// given to ``EffectTransaction/reject(_:_:)``; then the others are still applied. Anything thrown rolls everything back:
    /// the kit repeats, or halves the batch until the guilty event stands alone. Called on one of the consumer's lane threads; several
    /// lanes may be in it at once, so rows that several keys share are to be locked in a fixed order.
    func apply(_ events: [ConsumedEvent], in transaction: EffectTransaction) throws(EffectError)
}
