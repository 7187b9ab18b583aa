import ByteCoding
import Kafka
import OutboxModel
import PgOutput
import RelayCore
import ServiceRuntime
import Telemetry

/// Rows become messages, and reports become outcomes.
extension BatchPublisher {
    enum Handing {
        case accepted
        /// The client itself will not take it: it is among the failures.
        case refused
        /// The topic takes smaller batches than the producer makes; nothing was handed over.
        case smallerBatches
    }

    /// Hands one row to Kafka, as an event or as a dead letter.
    ///
    /// - Parameter rejection: why it is to be a dead letter, when that is known already.
    func produce(
        _ row: Int, of batch: ClaimedBatch, into lane: ProducerLane, attempt: UInt, rejection: Rejection?, _ wait: Waiter
    ) throws(PollingInterruption) -> Handing {
        try batch.withRow(row) { tuple, bytes throws(PollingInterruption) in
            var reason = rejection
            if reason == nil {
                switch maker.encoder.encode(
                    tuple, in: bytes.bytes, map: batch.map, commitTime: MonotonicTime.wallClockMicroseconds())
                {
                case .rejected(let found): reason = found
                case .event(let event):
                    let name = maker.encoder.topicName(event.topic) ?? ""
                    if let slot = try slot(for: event.topic, in: lane, wait) {
                        if needsSmallerBatches(slot, lane) { return .smallerBatches }
                        if event.encodedSize <= slot.sizeLimit {
                            topics[row] = name
                            return try offer(event, row, to: slot, lane, attempt, wait)
                        }
                        reason = Rejection(
                            .messageTooLarge, "\(event.encodedSize) bytes; the topic takes \(slot.sizeLimit) bytes a message")
                    } else {
                        reason = Rejection(.topicUnavailable, "the topic \(name) does not exist or may not be written")
                    }
                }
            }
            guard let reason else { return .refused }
            guard options.deadLetter == .topic else { throw Self.halted(reason) }
            let slot = try deadLetterSlot(lane, wait)
            if needsSmallerBatches(slot, lane) { return .smallerBatches }
            let event = maker.encoder.encodeDeadLetter(
                tuple, in: bytes.bytes, map: batch.map, rejection: reason, lsn: .zero,
                failedAt: MonotonicTime.wallClockMicroseconds(), maximumSize: slot.sizeLimit)
            burials[row] = reason
            topics[row] = options.routing.deadLetterTopic
            return try offer(event, row, to: slot, lane, attempt, wait)
        }
    }

    private static func halted(_ reason: Rejection) -> PollingInterruption {
        .failed([
            Finding(
                "dead_letter.halt", .fail, object: "dead.letter=halt",
                fact: "an event cannot be published: \(reason.message)",
                remedy: "correct or delete the row, or set dead.letter=topic")
        ])
    }

    private func offer(
        _ event: EncodedEvent, _ row: Int, to slot: ProducerLane.Slot, _ lane: ProducerLane, _ attempt: UInt, _ wait: Waiter
    ) throws(PollingInterruption) -> Handing {
        while true {
            switch maker.produce(event, to: slot.handle, with: lane.producer, opaque: attempt | UInt(row)) {
            case .accepted:
                handed[row] = true
                return .accepted
            case .queueFull:
                lane.producer.sendNow()
                try wait()
            case .refused(let error):
                reports.refuse(
                    BatchReports.Failure(name: error.name, isPoison: DeliveryFailureClass(error.code) == .poison))
                return .refused
            }
        }
    }

    /// A dead letter is never dropped: until its topic can be written the relay waits.
    private func deadLetterSlot(_ lane: ProducerLane, _ wait: Waiter) throws(PollingInterruption) -> ProducerLane.Slot {
        var isReported = false
        while true {
            if let slot = try slot(for: maker.encoder.deadLetterTopic, in: lane, wait) { return slot }
            if !isReported {
                logger.error(
                    "the dead-letter topic cannot be written; the relay waits",
                    [.topic: .string(options.routing.deadLetterTopic), .remedy: "create the topic, or allow writing to it"])
                isReported = true
            }
            try wait()
        }
    }

    /// Takes what was acknowledged into the outcome.
    func collect(_ batch: ClaimedBatch) {
        for (row, time) in reports.acknowledged.enumerated() where time > 0 && row < outcome.count && outcome[row] == .open {
            metrics.events(topic: topics[row]).add()
            guard let rejection = burials[row] else {
                outcome.deliver(row)
                let created = batch.time(row)
                if created > 0 { metrics.delivery.observe(Double(max(0, time - created)) / 1_000_000) }
                continue
            }
            outcome.bury(row, reason: "\(rejection.code.rawValue): \(rejection.message)")
            metrics.deadLetters(reason: rejection.code.rawValue).add()
            logger.warning(
                "an event was sent to the dead-letter topic",
                [
                    .eventID: .string(outcome.id(row)), .reason: .string(rejection.code.rawValue),
                    .errorDetail: .string(rejection.message),
                ])
        }
    }
}
