/// A topic's name as a small number, so that what belongs to a topic can be kept in an array.
///
/// The same name gives the same `TopicID` until the name has been evicted: an encoder keeps at most
/// `EventEncoder.maximumTopics` names, and the place of one unused for long goes to another, with the next generation.
/// What is kept at `index` is therefore valid only while it was kept for this `generation`.
public struct TopicID: Hashable, Sendable {
    /// 0 ..< `EventEncoder.maximumTopics`, given out from 0 on.
    public let index: Int
    /// Counts the names that have had this index.
    public let generation: UInt32

    init(index: Int, generation: UInt32) {
        self.index = index
        self.generation = generation
    }
}
