/// One thing that a server has to do right: what a client sends, and what has to come back.
///
/// Those with the numbers 1 to 7, 9 and 10 are the cases of the Autobahn test suite for servers that echo messages, written
/// anew from its list of descriptions. Where that list allows a lenient outcome beside a strict one, the strict one is asked
/// for. Those that begin with X are our own.
public struct WebSocketCase: Sendable, CustomStringConvertible {
    /// How the bytes of a step are spread over writes.
    public enum Chop: Sendable {
        case together
        case eachFrame
        case pieces(Int)
    }

    public enum Step: Sendable {
        case send([WireFrame], Chop)
        /// The next that comes is this.
        case expect(Received)
        /// Round trips of a message in one frame.
        case roundTrips(Int, WireFrame)
    }

    public enum End: Sendable {
        /// We close normally; the server answers that with the same code and ends the connection.
        case weClose
        /// A close frame was sent; the server answers it with this code (nil: without one) and ends the connection.
        case answers(UInt16?)
        /// The server fails the connection with this code and ends it.
        case fails(UInt16)
    }

    public let id: String
    public let title: String
    public let end: End
    /// The payload bytes of the largest message, and the most frames of one.
    public let largestMessage: Int
    public let mostFragments: Int
    private let makeSteps: @Sendable () -> [Step]

    /// Made anew when they are needed: some hold many megabytes.
    public var steps: [Step] { makeSteps() }

    /// Cases with large messages say how large, so that nobody has to build them to know it.
    public init(
        _ id: String, _ title: String, largest: (bytes: Int, fragments: Int)? = nil,
        _ steps: @autoclosure @escaping @Sendable () -> [Step], _ end: End = .weClose
    ) {
        self.id = id
        self.title = title
        self.end = end
        makeSteps = steps
        (largestMessage, mostFragments) = largest ?? Self.largest(of: steps())
    }

    public var description: String { "\(id) \(title)" }

    /// All of them.
    public static let all = framing + pings + reserved + fragments + text + closing + sizes + own

    private static func largest(of steps: [Step]) -> (bytes: Int, fragments: Int) {
        var (most, mostFragments, open, openFragments) = (0, 0, 0, 0)
        for case .send(let frames, _) in steps {
            for frame in frames where frame.opcode < 8 {
                (open, openFragments) = frame.opcode == 0 ? (open, openFragments + 1) : (0, 1)
                open += frame.payload.count
                (most, mostFragments) = (max(most, open), max(mostFragments, openFragments))
            }
        }
        return (most, mostFragments)
    }
}
