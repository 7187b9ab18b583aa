/// Why a record is no event for browsers. It is counted and passed over; the cursor goes over it.
public enum RecordFault: String, Error, Sendable, CaseIterable {
    case tombstone
    /// The value is no JSON text in UTF-8, or a number in it is too big to be read.
    case notJSON = "not_json"
    case notAnObject = "not_an_object"
    case eventIDMissing = "event_id_missing"
    case eventTypeMissing = "event_type_missing"
}
