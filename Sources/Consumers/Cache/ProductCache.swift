/// The agreement about cached products between those who fill the cache (the shop's API) and the consumer that empties it.
///
/// A reader that found nothing reads the row and fills the cache. When the row changes between these two, the consumer's delete comes
/// before the fill, and the old value would stay until it expires. Three things guard against that:
/// - every fill carries a time to live, which bounds what anybody may see too late, also one who does not know this agreement;
/// - each invalidation counts up `product:{id}:generation` *before* it deletes;
/// - a reader takes the generation *before* it reads the row and fills with ``fillScript``, which refuses when it has moved.
///
/// So a value that is read before a change's event can never be filled in after it. A version in the value would not do as well: events
/// carry one only sometimes, and a delete leaves nothing to compare it with.
public enum ProductCache {
    /// Holds what the shop keeps of a product.
    public static func key(product: Int64) -> String { "product:\(product)" }

    /// Holds how often the product was invalidated, as far as that is of interest: it expires when no reader can be between its two
    /// steps any more.
    public static func generationKey(product: Int64) -> String { "product:\(product):generation" }

    /// Milliseconds a generation is remembered. A reader must not take longer from reading the generation to filling.
    public static let generationLifetimeMilliseconds = 600_000

    /// For EVAL. Keys: key, generation key. Arguments: the generation that was read (empty: there was none), the value, its time to live
    /// in milliseconds. Answers 1, or 0 when the product changed meanwhile and nothing was filled.
    public static let fillScript = """
        if (redis.call('GET', KEYS[2]) or '') ~= ARGV[1] then return 0 end
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """

    /// What invalidates one product. In this order: a reader between the commands finds the new generation or loses its fill to the delete.
    static func invalidation(product: Int64) -> [[String]] {
        let generation = generationKey(product: product)
        return [
            ["INCR", generation], ["PEXPIRE", generation, String(generationLifetimeMilliseconds)],
            ["UNLINK", key(product: product)],
        ]
    }
}
