/// What a drill found.
public struct DrillOutcome: Sendable {
    public let name: String
    public let audit: DeliveryAudit
    /// Repetitions that the drill's faults explain.
    public let duplicateLimit: Int
    /// The longest time in which nothing arrived, in seconds.
    public let longestGap: Double
    /// The most WAL that the server kept for slots, in bytes.
    public let walPeakBytes: Int64
    /// What the drill is about, in words: take-over times, modes seen.
    public let note: String
    /// Whatever broke a promise, a sentence each.
    public let problems: [String]

    public var isClean: Bool { problems.isEmpty }

    /// Headings of `cells`.
    public static let headings = [
        "drill", "written", "delivered", "duplicates", "order violations", "longest gap", "WAL peak", "",
    ]

    public var cells: [String] {
        [
            name, "\(audit.written)", "\(audit.delivered)", "\(audit.duplicates)", "\(audit.orderViolations.count)",
            "\(Self.rounded(longestGap)) s", "\(walPeakBytes >> 20) MiB", note,
        ]
    }

    static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
