/// A measurement could not be made, or was given up.
struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    static let interrupted = BenchError("interrupted; everything that was started has been removed")
}
