/// Delivery reports of one produced batch (about a thousand messages at full speed), lent to the handler for the length of its call.
///
/// Successes come as runs of consecutive equal opaque values, so that a transaction's worth of messages costs one step; failures
/// come one by one. A fake sink can make one from arrays of its own.
public struct DeliveryReports: ~Copyable {
    /// Consecutive delivered messages with the same opaque value.
    public struct Run: Hashable, Sendable {
        public let opaque: UInt
        public let count: Int

        @inlinable
        public init(opaque: UInt, count: Int) {
            self.opaque = opaque
            self.count = count
        }
    }

    /// One message that was not delivered, or not surely.
    public struct Failure: Hashable, Sendable {
        public let opaque: UInt
        public let code: KafkaError.Code
        public let persistence: Persistence
        public let topic: String
        /// -1 when no partition was chosen yet.
        public let partition: Int32

        public init(opaque: UInt, code: KafkaError.Code, persistence: Persistence, topic: String, partition: Int32) {
            self.opaque = opaque
            self.code = code
            self.persistence = persistence
            self.topic = topic
            self.partition = partition
        }

        /// The code with its general text.
        public var error: KafkaError { KafkaError(code: code) }
    }

    @usableFromInline let runs: [Run]
    @usableFromInline let failures: [Failure]
    /// Messages reported here, delivered and failed.
    public let count: Int

    @inlinable
    public init(runs: [Run], failures: [Failure]) {
        self.runs = runs
        self.failures = failures
        count = runs.reduce(failures.count) { $0 + $1.count }
    }

    /// Number of messages that failed.
    @inlinable public var failureCount: Int { failures.count }

    /// Calls `body` for every run of delivered messages, in the order of the batch.
    @inlinable
    public borrowing func forEachRun(_ body: (_ opaque: UInt, _ count: Int) -> Void) {
        for run in runs {
            body(run.opaque, run.count)
        }
    }

    /// Calls `body` for every failed message, in the order of the batch.
    @inlinable
    public borrowing func forEachFailure(_ body: (Failure) -> Void) {
        for failure in failures {
            body(failure)
        }
    }
}
